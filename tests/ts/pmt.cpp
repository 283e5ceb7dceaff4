// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/catch.hpp"
#include "support/hex.hpp"
#include "support/samples.hpp"
#include "support/ts.hpp"

#include <cihost/ts/ca_descriptor.hpp>
#include <cihost/ts/pat.hpp>
#include <cihost/ts/pmt.hpp>
#include <cihost/ts/section_assembler.hpp>

#include <bitstream/mpeg/psi.h>

#include <algorithm>
#include <map>

using namespace cihost;
using namespace cihost::test;

namespace {

ts::pmt example() {
    return {.program_number = 0x2134,
            .version = 9,
            .pcr_pid = 0x1FF0,
            .program_info = {{0x09, "05 00 E1 23 AA"_hex}, {0x0E, "C0 00 00"_hex}},
            .streams = {{0x1B, 0x1FF0, {}},
                        {0x06, 0x0101, {{0x6A, {}}, {0x09, "18 00 E1 24"_hex}}},
                        {0x06, 0x0102, {{0x56, "64 65 75 09 00"_hex}}}}};
}

bytes with_crc(bytes_view payload) { return make_section({.table_id = 0x02}, payload); }

/// The descriptors of a biTStream loop (length field in front).
ts::descriptor_list descriptors(std::uint8_t* loop) {
    ts::descriptor_list list;
    for (std::uint16_t i = 0; auto* const d = descs_get_desc(loop, i); ++i)
        list.push_back({desc_get_tag(d), bytes(d + 2, d + 2 + desc_get_length(d))});
    return list;
}

} // namespace

TEST_CASE("biTStream reads what serialize writes") {
    const auto table = example();
    auto data = ts::serialize(table).value();
    auto* const pmt = data.data();
    REQUIRE(psi_validate(pmt));
    REQUIRE(psi_check_crc(pmt));
    REQUIRE(pmt_validate(pmt));
    CHECK(psi_get_current(pmt));
    CHECK(psi_get_tableidext(pmt) == table.program_number);
    CHECK(psi_get_version(pmt) == table.version);
    CHECK(pmt_get_pcrpid(pmt) == table.pcr_pid);
    CHECK(descriptors(pmt_get_descs(pmt)) == table.program_info);
    for (std::uint8_t i = 0; i < 3; ++i) {
        auto* const stream = pmt_get_es(pmt, i);
        REQUIRE(stream != nullptr);
        CHECK(pmtn_get_streamtype(stream) == table.streams[i].stream_type);
        CHECK(pmtn_get_pid(stream) == table.streams[i].elementary_pid);
        CHECK(descriptors(pmtn_get_descs(stream)) == table.streams[i].descriptors);
    }
    CHECK(pmt_get_es(pmt, 3) == nullptr);
}

TEST_CASE("parse_pmt reads what biTStream writes") {
    bytes buffer(PSI_MAX_SIZE + PSI_HEADER_SIZE);
    auto* const pmt = buffer.data();
    pmt_init(pmt);
    psi_set_tableidext(pmt, 77);
    psi_set_version(pmt, 30);
    psi_set_current(pmt);
    pmt_set_pcrpid(pmt, 0x1234);
    pmt_set_desclength(pmt, DESC09_HEADER_SIZE);
    auto* const ca = descs_get_desc(pmt_get_descs(pmt), 0);
    desc09_init(ca);
    desc_set_length(ca, DESC09_HEADER_SIZE - DESC_HEADER_SIZE);
    desc09_set_sysid(ca, 0x0B00);
    desc09_set_pid(ca, 0x0456);
    pmt_set_length(pmt, DESC09_HEADER_SIZE + 2 * PMT_ES_SIZE);
    for (std::uint8_t i = 0; i < 2; ++i) {
        auto* const stream = pmt_get_es(pmt, i);
        pmtn_init(stream);
        pmtn_set_streamtype(stream, static_cast<std::uint8_t>(2 + i));
        pmtn_set_pid(stream, static_cast<std::uint16_t>(0x200 + i));
        pmtn_set_desclength(stream, 0);
    }
    psi_set_crc(pmt);
    buffer.resize(PSI_HEADER_SIZE + psi_get_length(pmt));

    const ts::pmt expected{.program_number = 77,
                           .version = 30,
                           .pcr_pid = 0x1234,
                           .program_info = {{0x09, "0B 00 E4 56"_hex}},
                           .streams = {{2, 0x200, {}}, {3, 0x201, {}}}};
    CHECK((ts::parse_pmt(section(buffer)).value() == expected));
}

TEST_CASE("parse_pmt is the inverse of serialize") {
    CHECK((ts::parse_pmt(section(ts::serialize(example()).value())).value() == example()));
    const ts::pmt empty;
    CHECK((ts::parse_pmt(section(ts::serialize(empty).value())).value() == empty));
}

TEST_CASE("serialize stops at 1024 bytes") {
    auto table = example();
    table.streams.clear();
    table.program_info = {{0x80, bytes(255)}, {0x80, bytes(255)}, {0x80, bytes(255)}};
    // 16 bytes of fixed fields, 3 * 257, 2 of the fourth descriptor
    constexpr std::size_t room = 1024 - 16 - 3 * 257 - 2;
    table.program_info.push_back({0x80, bytes(room)});
    CHECK(ts::serialize(table).value().size() == 1024);
    table.program_info.back().body.push_back(0);
    CHECK(ts::serialize(table).error() == errc::too_large);
    table.program_info = {{0x80, bytes(256)}};
    CHECK(ts::serialize(table).error() == errc::too_large);
}

TEST_CASE("parse_pmt refuses lengths that do not fit") {
    CHECK(ts::parse_pmt(section(with_crc({}))).error() == errc::truncated);
    CHECK(ts::parse_pmt(section(with_crc("E1 00 F0 01"_hex))).error() == errc::truncated);
    CHECK(ts::parse_pmt(section(with_crc("E1 00 F0 02 09 01"_hex))).error() == errc::bad_length);
    CHECK(ts::parse_pmt(section(with_crc("E1 00 F0 01 09"_hex))).error() == errc::bad_length);
    CHECK(ts::parse_pmt(section(with_crc("E1 00 F0 00 1B E1 00 F0"_hex))).error() ==
          errc::truncated);
    CHECK(ts::parse_pmt(section(with_crc("E1 00 F0 00 1B E1 00 F0 01"_hex))).error() ==
          errc::truncated);
    CHECK(ts::parse_pmt(section(make_section({.table_id = 0x42}, {}))).error() == errc::wrong_tag);
    CHECK(ts::parse_pmt(section("02 30 00"_hex)).error() == errc::bad_value);
    maltreat(ts::serialize(example()).value(), [](const ts::section_view& view) {
        if (const auto table = ts::parse_pmt(view)) {
            (void)ts::has_ca_descriptors(*table);
            // what has been read can be written: it came out of a section
            const auto again = ts::serialize(*table);
            CHECK(again.has_value());
        }
    });
}

TEST_CASE("has_ca_descriptors looks at both levels") {
    auto table = example();
    CHECK(ts::has_ca_descriptors(table));
    table.program_info.clear();
    CHECK(ts::has_ca_descriptors(table));
    table.streams[1].descriptors.clear();
    CHECK_FALSE(ts::has_ca_descriptors(table));
    table.program_info = {{0x09, "05"_hex}}; // no CA descriptor worth the name
    CHECK_FALSE(ts::has_ca_descriptors(table));
}

TEST_CASE("kind_of asks stream_type, then the descriptors of private PES") {
    using enum ts::stream_kind;
    const auto kind = [](std::uint8_t type, ts::descriptor_list loop = {}) {
        return ts::kind_of({type, 0x100, std::move(loop)});
    };
    for (const auto type : "01 02 10 1B 24 33 D1 EA"_hex)
        CHECK(kind(type) == video);
    for (const auto type : "03 04 0F 11 1C 2D 81 87"_hex)
        CHECK(kind(type) == audio);
    for (const auto type : "00 05 06 0B 0D 86 FF"_hex)
        CHECK(kind(type) == other);
    for (const auto tag : "6A 7A 7B 7C"_hex)
        CHECK(kind(0x06, {{0x52, "01"_hex}, {tag, {}}}) == audio);
    CHECK(kind(0x06, {{0x59, {}}}) == subtitle);
    CHECK(kind(0x06, {{0x56, {}}}) == teletext);
    CHECK(kind(0x06, {{0x7F, "15 00"_hex}}) == audio);
    CHECK(kind(0x06, {{0x7F, "0E"_hex}}) == audio);
    CHECK(kind(0x06, {{0x7F, "06 00"_hex}}) == other);
    CHECK(kind(0x06, {{0x7F, {}}}) == other);
    CHECK(kind(0x05, {{0x6A, {}}}) == other);
}

TEST_CASE("captures: level and order of CA descriptors") {
    const auto mediaset = sample("ts/mediaset-it-dvbt-es-level-ca.ts");
    const auto canalplus = sample("ts/canalplus-fr-astra-1svc-scrambled-2.4s.ts");
    if (!mediaset || !canalplus)
        CIHOST_SKIP("no captures (CIHOST_SAMPLES)");
    const auto pmts = [](const bytes& capture) {
        std::map<ts::pid_t, ts::section_assembler> assemblers;
        assemblers[ts::pid_pat];
        std::map<std::uint16_t, ts::pmt> tables;
        for (int pass = 0; pass < 2; ++pass) // PMTs may stand in front of the PAT
            read_capture(capture, [&](ts::packet_view packet) {
                const auto found = assemblers.find(packet.pid());
                if (found == assemblers.end())
                    return;
                found->second.push(packet);
                while (const auto one = found->second.next()) {
                    if (const auto pat = ts::parse_pat(*one))
                        for (const auto& program : pat->programs)
                            assemblers[program.pmt_pid];
                    else if (const auto pmt = ts::parse_pmt(*one))
                        tables[pmt->program_number] = *pmt;
                }
            });
        return tables;
    };

    std::size_t es_level = 0;
    std::size_t program_level = 0;
    const auto mediaset_pmts = pmts(*mediaset);
    for (const auto& [number, table] : mediaset_pmts) {
        program_level += ts::ca_descriptors(table.program_info).size();
        for (const auto& stream : table.streams)
            es_level += ts::ca_descriptors(stream.descriptors).size();
    }
    CHECK(mediaset_pmts.size() == 2); // so short is the capture; its PAT names 20
    CHECK(program_level == 0);
    CHECK(es_level > 0);

    const auto canalplus_pmts = pmts(*canalplus);
    REQUIRE(canalplus_pmts.size() == 1);
    std::vector<std::uint16_t> systems;
    for (const auto& ca : ts::ca_descriptors(canalplus_pmts.begin()->second.program_info))
        systems.push_back(ca.ca_system_id);
    CHECK(systems.size() == 7);
    for (const auto system : {0x0500, 0x1811, 0x1863, 0x1883})
        CHECK(std::ranges::find(systems, system) != systems.end());
}
