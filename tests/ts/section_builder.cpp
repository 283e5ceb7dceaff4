// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ts/section_builder.hpp"

#include "support/catch.hpp"
#include "support/hex.hpp"

#include <cihost/ts/section.hpp>

using namespace cihost;
using namespace cihost::test;

TEST_CASE("build_section writes a PAT section as broadcasters do") {
    // transport_stream_id 1, program 1 on PID 0100; CRC_32 by an independent implementation
    const auto section =
        ts::build_section({.table_id = 0x00, .table_id_extension = 1}, "00 01 E1 00"_hex);
    REQUIRE(section.has_value());
    CHECK(*section == "00 B0 0D 00 01 C1 00 00 00 01 E1 00 E8 F9 5E 7D"_hex);
}

TEST_CASE("build_section sets the reserved bit of DVB tables") {
    CHECK((*ts::build_section({.table_id = 0x42}, {}))[1] == 0xF0);
    CHECK((*ts::build_section({.table_id = 0x01}, {}))[1] == 0xB0);
}

TEST_CASE("build_section stops at 4096 bytes") {
    CHECK(ts::build_section({.table_id = 0xC0}, bytes(4096 - 12))->size() == 4096);
    const auto too_large = ts::build_section({.table_id = 0xC0}, bytes(4096 - 11));
    REQUIRE_FALSE(too_large.has_value());
    CHECK(too_large.error() == errc::too_large);
}
