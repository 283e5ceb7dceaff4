// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/csa.hpp"

#include "support/catch.hpp"

#include <cihost/bytes.hpp>

#include <algorithm>
#include <vector>

using namespace cihost;
using namespace cihost::sim;

namespace {

constexpr control_word even_word{0x11, 0x22, 0x33, 0x66, 0x44, 0x55, 0x66, 0xFF};
constexpr control_word odd_word{0x01, 0x02, 0x03, 0x06, 0x04, 0x05, 0x06, 0x0F};

/// Packets of every payload size: packet i has an adaptation field of i bytes (0: none).
bytes all_payload_sizes() {
    bytes stream;
    for (unsigned stuffing = 0; stuffing <= 184; ++stuffing) {
        const unsigned control = stuffing == 0 ? 0x10 : stuffing == 184 ? 0x20 : 0x30;
        bytes packet{0x47, 0x01, 0x00, static_cast<std::uint8_t>(control)};
        if (stuffing > 0)
            packet.push_back(static_cast<std::uint8_t>(stuffing - 1));
        if (stuffing > 1)
            packet.push_back(0);
        packet.resize(4 + stuffing, 0xFF);
        while (packet.size() < ts::packet_size)
            packet.push_back(static_cast<std::uint8_t>(packet.size() * 7 + stuffing));
        stream.insert(stream.end(), packet.begin(), packet.end());
    }
    return stream;
}

std::vector<std::uint8_t*> packets_of(bytes& stream) {
    std::vector<std::uint8_t*> list;
    for (std::size_t at = 0; at < stream.size(); at += ts::packet_size)
        list.push_back(stream.data() + at);
    return list;
}

} // namespace

TEST_CASE("csa: what one pair scrambles it descrambles, at every payload size") {
    const auto clear = all_payload_sizes();
    auto stream = clear;
    csa keys;
    keys.set_key(parity::even, even_word);
    keys.set_key(parity::odd, odd_word);
    auto packets = packets_of(stream);
    const auto half = packets.size() / 2;
    keys.scramble(std::span{packets}.first(half), parity::even);
    keys.scramble(std::span{packets}.subspan(half), parity::odd);

    for (std::size_t i = 0; i < packets.size(); ++i) {
        const auto* before = clear.data() + i * ts::packet_size;
        const auto payload = 184 - i;
        INFO("payload of " << payload << " bytes");
        const auto bits = packets[i][3] >> 6;
        CHECK(bits == (payload == 0 ? 0 : i < half ? 2 : 3));
        // header and adaptation field stay, but for the bits
        CHECK((packets[i][3] & 0x3F) == before[3]);
        CHECK(std::equal(before + 4, before + 4 + i, packets[i] + 4));
        const bool same = std::equal(before + 4 + i, before + ts::packet_size, packets[i] + 4 + i);
        CHECK(same == (payload < 8));
    }
    CHECK(keys.descramble(packets) == packets.size() - 1);
    CHECK(stream == clear);
}

TEST_CASE("csa: few packets and a full batch give the same bytes") {
    auto one_by_one = all_payload_sizes();
    auto at_once = one_by_one;
    csa keys;
    keys.set_key(parity::odd, odd_word);
    for (auto* packet : packets_of(one_by_one))
        keys.scramble(std::span{&packet, 1}, parity::odd);
    keys.scramble(packets_of(at_once), parity::odd);
    CHECK(one_by_one == at_once);
}

TEST_CASE("csa: nothing happens without the key, or to packets in the wrong state") {
    auto stream = all_payload_sizes();
    const auto clear = stream;
    auto packets = packets_of(stream);
    csa keys;
    keys.scramble(packets, parity::even);
    CHECK(stream == clear);

    keys.set_key(parity::even, even_word);
    CHECK(keys.descramble(packets) == 0);
    CHECK(stream == clear);
    keys.scramble(packets, parity::even);
    const auto scrambled = stream;
    CHECK(scrambled != clear);
    keys.scramble(packets, parity::even);
    CHECK(stream == scrambled);

    csa odd_only;
    odd_only.set_key(parity::odd, odd_word);
    CHECK(odd_only.descramble(packets) == 0);
    CHECK(stream == scrambled);
    keys.forget_keys();
    CHECK(keys.descramble(packets) == 0);

    for (auto* packet : packets)
        packet[3] = static_cast<std::uint8_t>((packet[3] & 0x3F) | 0x40);
    const auto reserved = stream;
    keys.set_key(parity::even, even_word);
    CHECK(keys.descramble(packets) == 0);
    CHECK(stream == reserved);
}
