// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ts/service_si.hpp"

#include "support/catch.hpp"
#include "support/hex.hpp"
#include "ts/section_builder.hpp"

#include <cihost/ts/eit.hpp>
#include <cihost/ts/sdt.hpp>

using namespace cihost;
using namespace cihost::test;

namespace {

bytes sdt(unsigned number, const bytes& services) {
    bytes payload = "00 01 FF"_hex;
    payload.insert(payload.end(), services.begin(), services.end());
    return ts::build_section({.table_id = 0x42,
                              .table_id_extension = 0x0428,
                              .version = 5,
                              .section_number = static_cast<std::uint8_t>(number),
                              .last_section_number = 1},
                             payload)
        .value();
}

// running, free_CA_mode; a service_descriptor ("P", "One"), and CA identifiers
const bytes one = "00 01 FD 90 0D 48 07 01 01 50 03 4F 6E 65 53 02 18 30"_hex;
const bytes two = "00 02 FD 90 09 48 07 01 01 50 03 54 77 6F"_hex;

bytes eit(const bytes& events) {
    bytes payload = "04 28 00 01 00 4E"_hex;
    payload.insert(payload.end(), events.begin(), events.end());
    return ts::build_section({.table_id = 0x4E, .table_id_extension = 1, .version = 3}, payload)
        .value();
}

// 2026-11-22 20:15, 1:30 h, running, free_CA_mode; "News", and CA identifiers
const bytes news = "00 07 EF 35 20 15 00 01 30 00 90 0F"
                   "4D 09 67 65 72 04 4E 65 77 73 00 53 02 18 30"_hex;

} // namespace

TEST_CASE("the SDT of one service says that it is clear") {
    const std::vector<bytes> sections{sdt(0, two), sdt(1, one)};
    const auto own = ts::sdt_in_clear(sections, 1);
    REQUIRE(own);
    const auto table = ts::parse_sdt(ts::section_view::parse(*own).value()).value();
    CHECK(table.transport_stream_id == 0x0428);
    CHECK(table.original_network_id == 1);
    CHECK(table.version == 5);
    REQUIRE(table.services.size() == 1);
    CHECK(table.services[0].service_id == 1);
    CHECK(table.services[0].service_name == "One");
    CHECK(table.services[0].running_status == 4);
    CHECK_FALSE(table.services[0].free_ca_mode);
    CHECK(own->size() == sections[1].size() - 4);
    const auto section = ts::section_view::parse(*own).value();
    CHECK(section.section_number() == 0);
    CHECK(section.last_section_number() == 0);
    CHECK_FALSE(ts::sdt_in_clear(sections, 3));
}

TEST_CASE("an EIT section keeps its events, without free_CA_mode and CA identifiers") {
    const auto whole = eit(news);
    const auto own = ts::eit_in_clear(ts::section_view::parse(whole).value());
    REQUIRE(own);
    CHECK(own->size() == whole.size() - 4);
    const auto table =
        ts::parse_eit_present_following(ts::section_view::parse(*own).value()).value();
    CHECK(table.service_id == 1);
    CHECK(table.version == 3);
    REQUIRE(table.events.size() == 1);
    CHECK(table.events[0].title == "News");
    CHECK(table.events[0].event_id == 7);
    CHECK(table.events[0].length == std::chrono::minutes{90});
    CHECK_FALSE(table.events[0].free_ca_mode);
    CHECK(ts::eit_in_clear(ts::section_view::parse(eit({})).value()));
}

TEST_CASE("SI that is cut off is left out") {
    for (std::size_t size = 1; size < one.size(); ++size) {
        INFO(size);
        const std::vector<bytes> sections{
            sdt(0, bytes(one.begin(), one.begin() + static_cast<std::ptrdiff_t>(size)))};
        CHECK_FALSE(ts::sdt_in_clear(sections, 1));
    }
    for (std::size_t size = 1; size < news.size(); ++size) {
        INFO(size);
        const auto cut = eit(bytes(news.begin(), news.begin() + static_cast<std::ptrdiff_t>(size)));
        CHECK_FALSE(ts::eit_in_clear(ts::section_view::parse(cut).value()));
    }
    // descriptors longer than their loop
    const auto lying = eit("00 07 EF 35 20 15 00 01 30 00 90 03 4D 09 67"_hex);
    CHECK_FALSE(ts::eit_in_clear(ts::section_view::parse(lying).value()));
    CHECK_FALSE(ts::sdt_in_clear(std::vector<bytes>{"42 B0"_hex}, 1));
}
