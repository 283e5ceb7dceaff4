// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/catch.hpp"
#include "support/hex.hpp"

#include <cihost/ts/ca_descriptor.hpp>

#include <string>

using namespace cihost;
using namespace cihost::test;

namespace {

ts::ca_descriptor parsed(const bytes& body) {
    return ts::parse_ca_descriptor({ts::ca_descriptor::tag, body}).value();
}

} // namespace

TEST_CASE("parse_ca_descriptor reads system, PID and private data") {
    const auto ca = parsed("05 00 FF 12 AA BB"_hex);
    CHECK(ca.ca_system_id == 0x0500);
    CHECK(ca.ca_pid == 0x1F12); // without the reserved bits
    CHECK(ca.private_data == "AA BB"_hex);
    CHECK(parsed("18 00 E1 00"_hex).private_data.empty());
}

TEST_CASE("parse_ca_descriptor refuses other tags and short bodies") {
    CHECK(ts::parse_ca_descriptor({0x0A, "05 00 E1 00"_hex}).error() == errc::wrong_tag);
    for (std::size_t size = 0; size < 4; ++size)
        CHECK(ts::parse_ca_descriptor({0x09, bytes(size, 1)}).error() == errc::truncated);
}

TEST_CASE("ca_descriptors keeps order, leaves out others and malformed ones") {
    const auto found = ts::ca_descriptors({{0x09, "18 01 E0 33"_hex},
                                           {0x0A, "64 75 74 00"_hex},
                                           {0x09, "18"_hex},
                                           {0x09, "06 02 E0 C9"_hex},
                                           {0x09, "18 01 E0 34"_hex}});
    REQUIRE(found.size() == 3);
    CHECK(found[0].ca_pid == 0x33);
    CHECK(found[1].ca_system_id == 0x0602);
    CHECK(found[2].ca_pid == 0x34); // one system may have several ECM PIDs
}

TEST_CASE("names_pid: 0000 and 1FFF are placeholders") {
    CHECK(ts::names_pid({0x0B00, 0x0500, {}}));
    CHECK_FALSE(ts::names_pid({0x2600, ts::pid_null, {}}));
    CHECK_FALSE(ts::names_pid({0x2600, ts::pid_pat, {}}));
}

TEST_CASE("emm_pids of most systems is ca_pid alone") {
    CHECK(ts::emm_pids(parsed("05 00 E0 37 03 E0 C2 01 56"_hex)) == std::vector<ts::pid_t>{0x37});
    CHECK(ts::emm_pids(parsed("05 00 E0 00"_hex)).empty());
    CHECK(ts::emm_pids(parsed("05 00 FF FF"_hex)).empty());
}

TEST_CASE("emm_pids of Seca walks the private data") {
    using pids = std::vector<ts::pid_t>;
    CHECK(ts::emm_pids(parsed("01 00 E0 C1 03 E0 C2 01 56 E0 C3 01 57 E0 C4 01 5A"_hex)) ==
          pids{0xC1, 0xC2, 0xC3, 0xC4});
    // nothing named twice, nothing named by 0000 and 1FFF
    CHECK(ts::emm_pids(parsed("01 00 E0 C1 03 E0 C1 01 56 E0 00 01 57 FF FF 01 5A"_hex)) ==
          pids{0xC1});
    CHECK(ts::emm_pids(parsed("01 00 E0 C1"_hex)) == pids{0xC1});
    CHECK(ts::emm_pids(parsed("01 00 E0 C1 03"_hex)) == pids{0xC1});
    CHECK(ts::emm_pids(parsed("01 00 E0 C1 03 E0"_hex)) == pids{0xC1});
    CHECK(ts::emm_pids(parsed("01 00 E0 C1 03 E0 C2"_hex)) == pids{0xC1, 0xC2});
}

TEST_CASE("ca_system_name knows ranges and their ends") {
    const auto name = [](std::uint16_t id) { return std::string(ts::ca_system_name(id)); };
    CHECK(name(0x0100) == "Seca Mediaguard");
    CHECK(name(0x05FF) == "Viaccess");
    CHECK(name(0x0B00) == "Conax");
    CHECK(name(0x1863) == "Nagravision");
    CHECK(name(0x098C) == "Videoguard");
    CHECK(name(0x4AEE) == "Bulcrypt");
    CHECK(name(0x7BE1) == "DRE-Crypt");
    CHECK(name(0x0000).empty());
    CHECK(name(0x00FF).empty());
    CHECK(name(0x1A00).empty());
    CHECK(name(0x7BE2).empty());
    CHECK(name(0xFFFF).empty());
}
