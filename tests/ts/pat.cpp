// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/catch.hpp"
#include "support/hex.hpp"
#include "support/ts.hpp"

#include <cihost/ts/pat.hpp>

#include <bitstream/mpeg/psi.h>

using namespace cihost;
using namespace cihost::test;

TEST_CASE("parse_pat leaves out the network entry") {
    const auto data = make_section({.table_id = 0x00, .table_id_extension = 0x0428, .version = 3},
                                   "00 00 E0 10 21 34 E1 00 21 35 FF FE"_hex);
    const auto table = ts::parse_pat(section(data)).value();
    CHECK(table.transport_stream_id == 0x0428);
    CHECK(table.version == 3);
    CHECK(table.programs == std::vector<ts::pat::program>{{0x2134, 0x100}, {0x2135, 0x1FFE}});
}

TEST_CASE("parse_pat reads what biTStream writes") {
    bytes buffer(PSI_MAX_SIZE + PSI_HEADER_SIZE);
    auto* const pat = buffer.data();
    pat_init(pat);
    psi_set_tableidext(pat, 0xABCD);
    psi_set_version(pat, 31);
    psi_set_current(pat);
    psi_set_section(pat, 1);
    psi_set_lastsection(pat, 2);
    pat_set_length(pat, 20 * PAT_PROGRAM_SIZE);
    for (std::uint8_t i = 0; i < 20; ++i) {
        auto* const program = pat_get_program(pat, i);
        patn_init(program);
        patn_set_program(program, static_cast<std::uint16_t>(1000 + i));
        patn_set_pid(program, static_cast<std::uint16_t>(0x1000 + i));
    }
    psi_set_crc(pat);
    buffer.resize(PSI_HEADER_SIZE + psi_get_length(pat));

    const auto view = section(buffer);
    CHECK(view.section_number() == 1);
    CHECK(view.last_section_number() == 2);
    const auto table = ts::parse_pat(view).value();
    CHECK(table.transport_stream_id == 0xABCD);
    CHECK(table.version == 31);
    REQUIRE(table.programs.size() == 20);
    CHECK(table.programs[19].program_number == 1019);
    CHECK(table.programs[19].pmt_pid == 0x1013);
}

TEST_CASE("parse_pat refuses other tables and cut entries") {
    CHECK(ts::parse_pat(section(make_section({.table_id = 0x02}, {}))).error() == errc::wrong_tag);
    CHECK(ts::parse_pat(section("00 30 00"_hex)).error() == errc::bad_value);
    CHECK(ts::parse_pat(section(make_section({}, "00 01 E1"_hex))).error() == errc::truncated);
    maltreat(make_section({}, "00 00 E0 10 21 34 E1 00 21 35 FF FE"_hex),
             [](const ts::section_view& view) { (void)ts::parse_pat(view); });
}
