// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/catch.hpp"
#include "support/hex.hpp"
#include "support/samples.hpp"
#include "support/ts.hpp"

#include <cihost/ts/cat.hpp>
#include <cihost/ts/eit.hpp>
#include <cihost/ts/pat.hpp>
#include <cihost/ts/pmt.hpp>
#include <cihost/ts/sdt.hpp>
#include <cihost/ts/section.hpp>

#include <algorithm>
#include <map>

using namespace cihost;
using namespace cihost::test;

namespace {

error_code error_of(bytes_view data) {
    const auto parsed = ts::section_view::parse(data);
    return parsed ? error_code{} : parsed.error();
}

} // namespace

TEST_CASE("section_view reads the long form") {
    const auto data = make_section({.table_id = 0x42,
                                    .table_id_extension = 0x1234,
                                    .version = 21,
                                    .section_number = 2,
                                    .last_section_number = 3,
                                    .current_next = false},
                                   "AA BB CC"_hex);
    const auto view = section(data);
    CHECK(view.table_id() == 0x42);
    CHECK(view.long_form());
    CHECK(view.table_id_extension() == 0x1234);
    CHECK(view.version() == 21);
    CHECK_FALSE(view.current_next());
    CHECK(view.section_number() == 2);
    CHECK(view.last_section_number() == 3);
    CHECK(std::ranges::equal(view.payload(), "AA BB CC"_hex));
    CHECK(view.data().size() == data.size());
}

TEST_CASE("section_view reads the short form without CRC_32") {
    const auto data = "80 70 03 01 02 03"_hex;
    const auto view = section(data);
    CHECK_FALSE(view.long_form());
    CHECK(view.table_id_extension() == 0);
    CHECK(view.version() == 0);
    CHECK(view.current_next());
    CHECK(view.last_section_number() == 0);
    CHECK(std::ranges::equal(view.payload(), "01 02 03"_hex));
    CHECK(section("70 70 00"_hex).payload().empty());
}

TEST_CASE("section_view wants no CRC_32 of an ECM whatever its section_syntax_indicator") {
    const auto data = "81 F0 02 01 02"_hex;
    CHECK(section(data).payload().size() == 2);
}

TEST_CASE("section_view checks the CRC_32 of a TOT") {
    // EN 300 468 §5.2.6: 1993-10-13 12:45:00, no descriptors
    auto data = "73 70 0B C0 79 12 45 00 F0 00 00 00 00 00"_hex;
    CHECK(error_of(data) == errc::bad_crc);
    CHECK(error_of("73 70 03 C0 79 12"_hex) == errc::bad_length);
}

TEST_CASE("section_view refuses what is no section") {
    const auto good = make_section({.table_id = 0x00}, "00 01 E1 00"_hex);
    for (std::size_t size = 0; size < good.size(); ++size) {
        const bytes cut(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size));
        CHECK(error_of(cut) == errc::truncated);
    }
    auto longer = good;
    longer.push_back(0);
    CHECK(error_of(longer) == errc::bad_length);
    for (std::size_t bit = 24; bit < good.size() * 8; ++bit) {
        auto damaged = good;
        damaged[bit / 8] = static_cast<std::uint8_t>(damaged[bit / 8] ^ 1U << bit % 8);
        CHECK(error_of(damaged) == errc::bad_crc);
    }
    // long form without room for header and CRC_32
    CHECK(error_of("00 B0 08 00 01 C1 00 00 01 02 03"_hex) == errc::bad_length);
    // section_length above 4093
    bytes huge(3 + 4094, 0);
    huge[1] = 0x7F;
    huge[2] = 0xFE;
    CHECK(error_of(huge) == errc::bad_length);
    huge.pop_back();
    huge[2] = 0xFD;
    CHECK(error_of(huge) == error_code{});
}

TEST_CASE("every recorded section is read by its parser") {
    std::map<int, int> seen;
    for (const char* name :
         {"canalplus-fr-viaccess-nagra.sections", "cat_r3_seca.sec",
          "cat_r6_viaccess_safeaccess.sec", "isdb-arib-0005.sections", "pmt-viaccess-0500.sections",
          "pmt-videoguard-096a-0958-irdeto-06cd.sec", "pmt-ziggo-nl-nagra-irdeto-6xCA.sec",
          "powervu-cat-biss-pmt.sections", "viaccess-hevc-live.sections"}) {
        const auto file = sample(std::string("sections/") + name);
        if (!file)
            CIHOST_SKIP("no captures (CIHOST_SAMPLES)");
        CAPTURE(name);
        for (bytes_view rest{*file}; !rest.empty();) {
            REQUIRE(rest.size() >= 3);
            const auto size = 3U + ((rest[1] & 0x0FU) << 8 | rest[2]);
            REQUIRE(rest.size() >= size);
            const auto view = section(rest.first(size));
            rest = rest.subspan(size);
            const auto id = view.table_id();
            ++seen[id];
            CAPTURE(id);
            switch (id) {
            case 0x00:
                CHECK(ts::parse_pat(view).has_value());
                break;
            case 0x01:
                CHECK(ts::parse_cat(view).has_value());
                break;
            case 0x02: {
                const auto table = ts::parse_pmt(view);
                REQUIRE(table.has_value());
                // what is written again is what was read, but for reserved bits
                CHECK(ts::parse_pmt(section(ts::serialize(*table).value())).value() == *table);
                break;
            }
            case 0x42:
            case 0x46:
                CHECK(ts::parse_sdt(view).has_value());
                break;
            case 0x4E:
            case 0x4F:
                CHECK(ts::parse_eit_present_following(view).has_value());
                break;
            default:
                break;
            }
        }
    }
    CHECK(seen[0x00] > 0);
    CHECK(seen[0x01] > 2);
    CHECK(seen[0x02] > 12);
    CHECK(seen[0x42] > 0);
    CHECK(seen[0x4E] > 0);
}
