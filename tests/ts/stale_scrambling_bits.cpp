// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ts/stale_scrambling_bits.hpp"

#include "support/catch.hpp"
#include "support/ts.hpp"

#include <cstddef>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

using namespace cihost;
using namespace cihost::test;

namespace {

constexpr ts::pid_t video = 0x101;
constexpr ts::pid_t audio = 0x102;
constexpr unsigned marked_even = 0x90;

/// Video with a PTS, of no length.
const bytes video_start{0, 0, 1, 0xE0, 0, 0, 0x80, 0x80, 5, 0x21, 0x00, 0x01, 0x00, 0x01, 0, 0};
/// Audio with PTS and DTS.
const bytes audio_start{0,    0,    1,    0xC0, 0x02, 0x00, 0x85, 0xC0, 10,  0x31,
                        0x00, 0x01, 0x00, 0x01, 0x11, 0x00, 0x01, 0x00, 0x01};
const bytes noise(184, 0x5A);

bool stale(ts::stale_scrambling_bits& bits, ts::pid_t pid, const bytes& payload, bool start = true,
           unsigned flags = marked_even) {
    return bits.stale(view(make_packet(pid, 0, payload, flags, start)));
}

/// Starts in a row on a fresh PID: whether they convict.
bool convicts(const bytes& start) {
    ts::stale_scrambling_bits bits;
    stale(bits, video, start);
    return stale(bits, video, start);
}

} // namespace

TEST_CASE("packets marked scrambled are clear after two PES starts in a row") {
    ts::stale_scrambling_bits bits;
    CHECK_FALSE(stale(bits, video, noise, false));
    CHECK_FALSE(stale(bits, video, video_start));
    CHECK_FALSE(stale(bits, video, noise, false));
    CHECK(stale(bits, video, video_start));
    CHECK(stale(bits, video, noise, false));
    CHECK(bits.packets() == 2);

    SECTION("other streams need one start then") {
        CHECK_FALSE(stale(bits, audio, noise, false));
        CHECK(stale(bits, audio, audio_start));
        CHECK(stale(bits, audio, noise, false));
    }
    SECTION("what starts with anything else is scrambled, and what follows it") {
        CHECK_FALSE(stale(bits, video, noise));
        CHECK_FALSE(stale(bits, video, noise, false));
        CHECK(stale(bits, video, video_start));
    }
    SECTION("packets that are not marked need no mending") {
        CHECK_FALSE(stale(bits, video, noise, false, 0x10));
        CHECK_FALSE(bits.stale(view(make_packet(video, 0, bytes{183}, 0xA0))));
        CHECK(stale(bits, video, noise, false));
    }
    SECTION("a payload shorter than a scrambler's block proves nothing") {
        bytes adaptation{183 - 15, 0};
        adaptation.resize(1 + 183 - 15, 0xFF);
        adaptation.resize(184, 0x5A);
        CHECK(stale(bits, video, adaptation, true, marked_even | 0x20));
        adaptation[0] = 183 - 16;
        CHECK_FALSE(stale(bits, video, adaptation, true, marked_even | 0x20));
    }
    SECTION("another stream or multiplex begins anew") {
        bits.reset(video);
        CHECK_FALSE(stale(bits, video, noise, false));
        CHECK(stale(bits, video, video_start));
        bits.reset();
        CHECK_FALSE(stale(bits, video, video_start));
        CHECK(bits.packets() == 3);
    }
}

TEST_CASE(
    "sections marked scrambled are clear while their CRC is right, and the module convicted") {
    ts::stale_scrambling_bits bits;
    constexpr ts::pid_t carousel = 0x103;
    ts::section_packetizer packetizer{carousel};
    /// Of the packets of one section, how many are found stale.
    const auto play = [&](bool right) {
        bytes packets;
        packetizer.packetize(make_section({0x3C, 1, 0}, bytes(400, 0x5A)), packets);
        std::size_t found = 0;
        for (std::size_t at = 0; at < packets.size(); at += ts::packet_size) {
            packets[at + 3] |= 0x80;
            packets[at + 100] ^= right ? 0 : 1;
            found += bits.stale(view(bytes_view{packets}.subspan(at))) ? 1 : 0;
        }
        return found;
    };
    CHECK(play(true) == 0);
    stale(bits, video, video_start);
    stale(bits, video, video_start);
    CHECK(play(true) == 1); // the last, that makes it whole
    CHECK(play(true) == 3);
    CHECK(play(false) == 3); // one may be broken
    CHECK(play(false) == 0);
    CHECK(play(true) == 1);
}

TEST_CASE("one look-alike among scrambled packets convicts nobody") {
    ts::stale_scrambling_bits bits;
    for (int i = 0; i < 5; ++i) {
        CHECK_FALSE(stale(bits, video, video_start));
        CHECK_FALSE(stale(bits, audio, video_start));
        CHECK_FALSE(stale(bits, video, noise));
        CHECK_FALSE(stale(bits, audio, noise));
    }
}

TEST_CASE("every fixed bit of a PES header counts") {
    CHECK(convicts(video_start));
    CHECK(convicts(audio_start));
    const auto with = [](bytes start, std::size_t at, std::uint8_t value) {
        start.at(at) = value;
        return start;
    };
    const std::vector<std::pair<std::size_t, std::uint8_t>> wrong{
        {0, 1},    {1, 1},    {2, 0},    {3, 0xBC}, {3, 0xBE}, // no header behind its length
        {3, 0xC0},                                             // sound has a length
        {5, 4},                                                // which is shorter than the header
        {6, 0x00}, {6, 0x90},                                  // scrambled on PES level
        {7, 0x40}, {8, 4},    {9, 0x11}, {9, 0x20}, {11, 0},   {13, 0}};
    for (const auto& [at, value] : wrong) {
        INFO(at << " " << int{value});
        CHECK_FALSE(convicts(with(video_start, at, value)));
    }
    CHECK(convicts(with(with(video_start, 7, 0), 8, 0)));
    CHECK(convicts(with(video_start, 5, 8)));
    CHECK(convicts(with(video_start, 3, 0xFD)));
    CHECK_FALSE(convicts(with(audio_start, 8, 9)));
}

TEST_CASE("what is scrambled stays so") {
    std::mt19937 random{7};
    ts::stale_scrambling_bits bits;
    for (int i = 0; i < 20'000; ++i) {
        bytes payload(184);
        for (auto& b : payload)
            b = static_cast<std::uint8_t>(random());
        CHECK_FALSE(stale(bits, video, payload));
    }
}

TEST_CASE("only the bits are cleared") {
    const auto packet = make_packet(video, 9, noise, 0xF0, true);
    const auto cleared = ts::without_scrambling_bits(view(packet));
    auto expected = packet;
    expected[3] = 0x39;
    CHECK(bytes(cleared.begin(), cleared.end()) == expected);
}
