// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/catch.hpp"
#include "support/hex.hpp"
#include "support/samples.hpp"
#include "support/ts.hpp"

#include <cihost/ts/cat.hpp>
#include <cihost/ts/section_assembler.hpp>

#include <bitstream/mpeg/psi.h>

#include <optional>

using namespace cihost;
using namespace cihost::test;

TEST_CASE("parse_cat reads what biTStream writes") {
    bytes buffer(PSI_MAX_SIZE + PSI_HEADER_SIZE);
    auto* const cat = buffer.data();
    cat_init(cat);
    psi_set_version(cat, 7);
    psi_set_current(cat);
    psi_set_section(cat, 0);
    psi_set_lastsection(cat, 0);
    constexpr std::uint8_t count = 5;
    cat_set_desclength(cat, count * DESC09_HEADER_SIZE);
    for (std::uint8_t i = 0; i < count; ++i) {
        auto* const descriptor = descl_get_desc(cat_get_descl(cat), cat_get_desclength(cat), i);
        desc09_init(descriptor);
        desc_set_length(descriptor, DESC09_HEADER_SIZE - DESC_HEADER_SIZE);
        desc09_set_sysid(descriptor, static_cast<std::uint16_t>(0x1800 + i));
        desc09_set_pid(descriptor, static_cast<std::uint16_t>(0x1F00 + i));
    }
    psi_set_crc(cat);
    buffer.resize(PSI_HEADER_SIZE + psi_get_length(cat));

    const auto table = ts::parse_cat(section(buffer)).value();
    CHECK(table.version == 7);
    REQUIRE(table.systems.size() == count);
    CHECK(table.systems[4].ca_system_id == 0x1804);
    CHECK(table.systems[4].ca_pid == 0x1F04);
}

TEST_CASE("parse_cat refuses other tables and descriptors that do not end") {
    const auto parse = [](const bytes& payload) {
        return ts::parse_cat(section(make_section({.table_id = 0x01}, payload)));
    };
    CHECK(parse({}).value().systems.empty());
    CHECK(parse("09 04 05 00 E1 00 09"_hex).error() == errc::bad_length);
    CHECK(parse("09 05 05 00 E1 00"_hex).error() == errc::bad_length);
    CHECK(ts::parse_cat(section(make_section({.table_id = 0x00}, {}))).error() == errc::wrong_tag);
    CHECK(ts::parse_cat(section("01 30 00"_hex)).error() == errc::bad_value);
}

TEST_CASE("parse_cat and emm_pids stand any bytes") {
    const auto good = make_section(
        {.table_id = 0x01}, "09 11 01 00 E0 C1 03 E0 C2 01 56 E0 C3 01 57 E0 C4 01 5A 09 04 05 00"
                            "E0 37 0A 00"_hex);
    maltreat(good, [](const ts::section_view& view) {
        if (const auto table = ts::parse_cat(view))
            for (const auto& system : table->systems)
                (void)ts::emm_pids(system);
    });
}

TEST_CASE("the CAT of Astra 19.2 has Seca's EMM PIDs in one descriptor") {
    const auto data = sample("ts/astra19-cat-seca-nagra-viaccess-si.ts");
    if (!data)
        CIHOST_SKIP("no captures (CIHOST_SAMPLES)");
    std::optional<ts::cat> table;
    ts::section_assembler sections;
    read_capture(*data, [&](ts::packet_view packet) {
        if (packet.pid() != ts::pid_cat)
            return;
        sections.push(packet);
        while (const auto one = sections.next())
            table = ts::parse_cat(*one).value();
    });
    REQUIRE(table);
    REQUIRE(table->systems.size() > 5);
    CHECK(table->systems[0].ca_system_id == 0x0100);
    CHECK(ts::emm_pids(table->systems[0]) ==
          std::vector<ts::pid_t>{0xC1, 0x2C2, 0x2C6, 0x2BF, 0x2BD, 0x2BE});
    CHECK(table->systems[1].ca_system_id == 0x1811);
    CHECK(ts::emm_pids(table->systems[1]) == std::vector<ts::pid_t>{0xC1});
}
