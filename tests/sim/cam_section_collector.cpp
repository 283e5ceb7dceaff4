// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cam_broadcast.hpp"
#include "sim/cam/section_collector.hpp"
#include "support/catch.hpp"
#include "support/hex.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

using namespace cihost;
using namespace cihost::test;

namespace {

std::vector<bytes> collect(sim::section_collector& collector, const bytes& packets) {
    std::vector<bytes> all;
    for (std::size_t at = 0; at < packets.size(); at += ts::packet_size) {
        const std::span<const std::uint8_t, ts::packet_size> one{packets.data() + at,
                                                                 ts::packet_size};
        for (auto& section : collector.push(ts::packet_view{one}))
            all.push_back(std::move(section));
    }
    return all;
}

bytes table(std::uint8_t id, std::size_t body) {
    writer out;
    out.u8(id).length12(body);
    auto data = out.take();
    data.resize(3 + body, id);
    return data;
}

} // namespace

TEST_CASE("sections of any length come back whole") {
    broadcast air;
    sim::section_collector collector;
    for (const std::size_t body : {0, 1, 180, 181, 364, 365, 1000, 4093}) {
        const auto section = table(0x80, body);
        CHECK(collect(collector, air.section(0x0500, section)) == std::vector<bytes>{section});
    }
}

TEST_CASE("several sections a packet, and one that ends where the pointer_field says") {
    broadcast air;
    sim::section_collector collector;
    const auto a = table(0x80, 20);
    const auto b = table(0x81, 30);
    auto both = a;
    both.insert(both.end(), b.begin(), b.end());
    CHECK(collect(collector, air.section(0x0500, both)) == std::vector<bytes>{a, b});

    const auto c = table(0x80, 190); // 10 bytes in the second packet
    auto packets = air.section(0x0500, c);
    auto* second = packets.data() + ts::packet_size;
    const bytes tail(second + 4, second + 14);
    second[1] |= 0x40;
    second[4] = 10;
    std::copy(tail.begin(), tail.end(), second + 5);
    std::copy(a.begin(), a.end(), second + 15);
    CHECK(collect(collector, packets) == std::vector<bytes>{c, a});
}

TEST_CASE("a packet sent twice counts once; a broken or scrambled one ends the section") {
    broadcast air;
    sim::section_collector collector;
    const auto section = table(0x80, 400);
    auto packets = air.section(0x0500, section);
    const auto middle = packets.begin() + ts::packet_size;
    SECTION("twice") {
        const bytes again(middle, middle + ts::packet_size);
        packets.insert(middle, again.begin(), again.end());
        CHECK(collect(collector, packets) == std::vector<bytes>{section});
        return;
    }
    SECTION("transport error") { middle[1] |= 0x80; }
    SECTION("scrambled") { middle[3] |= 0x80; }
    CHECK(collect(collector, packets).empty());
    CHECK(collect(collector, air.section(0x0500, section)) == std::vector<bytes>{section});
}

TEST_CASE("what follows lost packets is not joined to what was before") {
    broadcast air;
    sim::section_collector collector;
    // the end of the first and the beginning of the second are lost
    auto packets = air.section(0x0500, table(0x80, 200));
    const auto next = air.section(0x0500, table(0x81, 200));
    packets.resize(ts::packet_size);
    packets.insert(packets.end(), next.begin() + ts::packet_size, next.end());
    CHECK(collect(collector, packets).empty());
}
