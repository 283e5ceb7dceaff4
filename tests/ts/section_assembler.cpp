// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/catch.hpp"
#include "support/hex.hpp"
#include "support/samples.hpp"
#include "support/ts.hpp"

#include <cihost/ts/pat.hpp>
#include <cihost/ts/section_assembler.hpp>

#include <algorithm>
#include <map>
#include <random>

using namespace cihost;
using namespace cihost::test;

namespace {

constexpr ts::pid_t pid = 0x123;

bytes section_of(std::size_t size, std::uint8_t fill) {
    return make_section({.table_id = 0xC0}, bytes(size - 12, fill));
}

void collect(ts::section_assembler& assembler, ts::packet_view packet,
             std::vector<bytes>& sections) {
    assembler.push(packet);
    while (const auto one = assembler.next())
        sections.emplace_back(one->data().begin(), one->data().end());
}

std::vector<bytes> assemble(ts::section_assembler& assembler, bytes_view packets) {
    std::vector<bytes> sections;
    each_packet(packets, [&](auto packet) { collect(assembler, packet, sections); });
    return sections;
}

/// Sections without a gap between them, as dense multiplexers send them.
bytes pack(const std::vector<bytes>& sections) {
    bytes packets;
    bytes data;
    std::vector<std::size_t> starts;
    for (const auto& one : sections) {
        starts.push_back(data.size());
        data.insert(data.end(), one.begin(), one.end());
    }
    unsigned counter = 0;
    for (std::size_t at = 0; at < data.size(); ++counter) {
        const auto start =
            std::ranges::find_if(starts, [&](auto s) { return s >= at && s < at + 183; });
        const bool unit_start = start != starts.end();
        bytes payload;
        if (unit_start)
            payload.push_back(static_cast<std::uint8_t>(*start - at));
        const auto count = std::min<std::size_t>(unit_start ? 183 : 184, data.size() - at);
        payload.insert(payload.end(), data.begin() + static_cast<std::ptrdiff_t>(at),
                       data.begin() + static_cast<std::ptrdiff_t>(at + count));
        at += count;
        const auto packet = make_packet(pid, counter, payload, 0x10, unit_start);
        packets.insert(packets.end(), packet.begin(), packet.end());
    }
    return packets;
}

} // namespace

TEST_CASE("section_assembler gives sections of every size back") {
    std::vector<bytes> sections;
    for (const std::size_t size :
         {12, 13, 180, 182, 183, 184, 185, 366, 367, 368, 1024, 1025, 4095, 4096, 12, 12, 12, 50})
        sections.push_back(section_of(size, static_cast<std::uint8_t>(size)));

    ts::section_assembler apart;
    bytes packets;
    ts::section_packetizer packetizer{pid};
    for (const auto& one : sections)
        packetizer.packetize(one, packets);
    CHECK(assemble(apart, packets) == sections);
    CHECK(apart.stats().sections == sections.size());
    CHECK(apart.stats().broken == 0);

    ts::section_assembler dense;
    CHECK(assemble(dense, pack(sections)) == sections);
    CHECK(dense.stats().broken == 0);
    CHECK(dense.stats().crc_errors == 0);
}

TEST_CASE("section_assembler starts in the middle of a section") {
    const std::vector<bytes> sections{section_of(500, 1), section_of(300, 2)};
    const auto packets = pack(sections);
    ts::section_assembler assembler;
    const auto got = assemble(assembler, bytes_view{packets}.subspan(ts::packet_size));
    REQUIRE(got.size() == 1);
    CHECK(got[0] == sections[1]);
    CHECK(assembler.stats().broken == 0); // none was under way
}

TEST_CASE("section_assembler keeps all views until the next packet") {
    const std::vector<bytes> sections{section_of(20, 1), section_of(20, 2), section_of(20, 3)};
    const auto packets = pack(sections);
    ts::section_assembler assembler;
    assembler.push(view(packets));
    std::vector<ts::section_view> views;
    while (const auto one = assembler.next())
        views.push_back(*one);
    REQUIRE(views.size() == 3);
    for (std::size_t i = 0; i < 3; ++i)
        CHECK(std::ranges::equal(views[i].data(), sections[i]));
}

TEST_CASE("section_assembler gives up a section with a gap in it") {
    const std::vector<bytes> sections{section_of(600, 1), section_of(600, 2)};
    ts::section_packetizer packetizer{pid};
    bytes packets;
    for (const auto& one : sections)
        packetizer.packetize(one, packets);
    const auto spoil = [&](auto change) {
        auto damaged = packets;
        change(damaged);
        ts::section_assembler assembler;
        const auto got = assemble(assembler, damaged);
        CHECK(assembler.stats().broken == 1);
        CHECK(assembler.stats().crc_errors == 0);
        return got == std::vector<bytes>{sections[1]};
    };
    const auto at = [](bytes& b, std::size_t n) {
        return b.begin() + static_cast<std::ptrdiff_t>(n);
    };
    SECTION("packet lost") {
        CHECK(spoil([&](bytes& b) { b.erase(at(b, 188), at(b, 376)); }));
    }
    SECTION("transport error") {
        CHECK(spoil([](bytes& b) { b[188 + 1] |= 0x80; }));
    }
    SECTION("scrambled") {
        CHECK(spoil([](bytes& b) { b[188 + 3] |= 0xC0; }));
    }
    SECTION("three times the same packet") {
        CHECK(spoil([&](bytes& b) {
            const bytes twice(at(b, 188), at(b, 376));
            b.insert(at(b, 376), twice.begin(), twice.end());
            b.insert(at(b, 376), twice.begin(), twice.end());
        }));
    }
    SECTION("ended by the start of another") {
        CHECK(spoil([&](bytes& b) {
            b.erase(at(b, 376), at(b, 752));
            for (std::size_t i = 2; i < b.size() / 188; ++i)
                b[i * 188 + 3] = static_cast<std::uint8_t>(0x10 | i);
        }));
    }
}

TEST_CASE("section_assembler passes over one duplicate and packets without payload") {
    const auto one = section_of(600, 1);
    bytes packets;
    ts::section_packetizer{pid}.packetize(one, packets);
    const bytes second(packets.begin() + 188, packets.begin() + 376);
    packets.insert(packets.begin() + 376, second.begin(), second.end());
    const auto no_payload = make_packet(pid, 1, "B7 00"_hex, 0x20);
    packets.insert(packets.begin() + 376, no_payload.begin(), no_payload.end());
    ts::section_assembler assembler;
    CHECK(assemble(assembler, packets) == std::vector<bytes>{one});
    CHECK(assembler.stats().broken == 0);
}

TEST_CASE("section_assembler counts wrong CRC_32 and goes on") {
    auto bad = section_of(100, 1);
    bad[50] ^= 1;
    const auto good = section_of(100, 2);
    ts::section_assembler assembler;
    CHECK(assemble(assembler, pack({bad, good})) == std::vector<bytes>{good});
    CHECK(assembler.stats().crc_errors == 1);
    CHECK(assembler.stats().sections == 1);
}

TEST_CASE("section_assembler stands hostile lengths") {
    const auto push = [](const bytes& payload) {
        ts::section_assembler assembler;
        assembler.push(view(make_packet(pid, 0, payload, 0x10, true)));
        while (assembler.next()) {
        }
        return assembler.stats();
    };
    // pointer_field behind the packet
    CHECK(push("B8"_hex).sections == 0);
    CHECK(push("FF 00 B0 0D"_hex).sections == 0);
    // section_length above 4093
    CHECK(push("00 C0 7F FE 00"_hex).broken == 1);
    // long form too short for its header
    CHECK(push("00 C0 F0 01 00"_hex).broken == 1);
    // empty short sections side by side
    CHECK(push("00 C0 70 00 C0 70 00"_hex).sections == 2);
    // an adaptation field over the whole packet
    ts::section_assembler assembler;
    assembler.push(view(make_packet(pid, 0, "FF 00"_hex, 0x30, true)));
    CHECK_FALSE(assembler.next());
}

TEST_CASE("section_assembler stands any packets") {
    std::mt19937 random{3};
    ts::section_assembler assembler;
    for (int i = 0; i < 20000; ++i) {
        auto packet = make_packet(pid, static_cast<unsigned>(i));
        for (std::size_t at = 4; at < 40; ++at)
            packet[at] = static_cast<std::uint8_t>(random() % 4 == 0 ? random() : 0);
        packet[1] = static_cast<std::uint8_t>(packet[1] | (random() % 2) << 6);
        packet[3] = static_cast<std::uint8_t>(packet[3] | (random() % 4 == 0 ? 0x20 : 0));
        assembler.push(view(packet));
        while (const auto one = assembler.next())
            CHECK(one->data().size() <= ts::max_section_size);
    }
    CHECK(assembler.stats().sections > 0);
}

TEST_CASE("section_assembler finds the CRC errors of the damaged capture") {
    const auto data = sample("ts/damaged-cc-tei-crc.ts");
    if (!data)
        CIHOST_SKIP("no captures (CIHOST_SAMPLES)");
    std::map<ts::pid_t, ts::section_assembler> assemblers;
    for (const auto known :
         {ts::pid_pat, ts::pid_cat, ts::pid_nit, ts::pid_sdt, ts::pid_eit, ts::pid_tdt})
        assemblers[known];
    ts::section_assembler pat_sections;
    read_capture(*data, [&](ts::packet_view packet) {
        if (packet.pid() == ts::pid_pat)
            pat_sections.push(packet);
        while (const auto one = pat_sections.next())
            if (const auto pat = ts::parse_pat(*one))
                for (const auto& program : pat->programs)
                    assemblers[program.pmt_pid];
    });
    read_capture(*data, [&](ts::packet_view packet) {
        const auto found = assemblers.find(packet.pid());
        if (found == assemblers.end())
            return;
        found->second.push(packet);
        while (found->second.next()) {
        }
    });
    std::uint64_t crc_errors = 0;
    for (const auto& [known, assembler] : assemblers)
        crc_errors += assembler.stats().crc_errors;
    CHECK(crc_errors == 10);
}
