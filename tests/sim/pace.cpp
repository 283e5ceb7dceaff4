// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/headend/pace.hpp"

#include "sim/headend/timestamps.hpp"
#include "support/catch.hpp"
#include "support/clear_stream.hpp"
#include "support/hex.hpp"

#include <array>

using namespace cihost;
using namespace cihost::sim;
using namespace cihost::test;

namespace {

pace measure(const bytes& stream) {
    pace_meter meter;
    each_packet(stream, [&](ts::packet_view packet) { meter.push(packet); });
    return meter.result();
}

/// A packet of PID 0100 that has nothing but a PCR.
bytes pcr_packet(std::int64_t base) {
    bytes data{0x47, 0x01, 0x00, 0x20, 183, 0x10};
    for (int shift = 25; shift > 0; shift -= 8)
        data.push_back(static_cast<std::uint8_t>(base >> shift));
    data.push_back(static_cast<std::uint8_t>((base & 1) << 7 | 0x7E));
    data.resize(ts::packet_size, 0xFF);
    data[11] = 0;
    return data;
}

void append(bytes& stream, const bytes& part) {
    stream.insert(stream.end(), part.begin(), part.end());
}

const bytes other_packet = [] {
    bytes data{0x47, 0x1F, 0xFF, 0x10};
    data.resize(ts::packet_size, 0xFF);
    return data;
}();

} // namespace

TEST_CASE("pace: from PCR, else from PTS, else a guess") {
    const auto by_pcr = measure(clear_stream{}.make());
    CHECK(by_pcr.from() == pace::source::pcr);
    CHECK(by_pcr.packets_per_second() == Approx(clear_stream::packets_per_second).epsilon(0.01));
    const auto by_pts = measure(clear_stream{.pcr = false}.make());
    CHECK(by_pts.from() == pace::source::pts);
    CHECK(by_pts.packets_per_second() == Approx(clear_stream::packets_per_second).epsilon(0.01));
    const auto guess = measure(clear_stream{.pcr = false, .pts = false}.make());
    CHECK(guess.from() == pace::source::guess);
    CHECK(guess.packets_per_second() > 1000);
}

TEST_CASE("pace: follows a rate that varies, over the wrap and over a cut") {
    bytes stream;
    std::int64_t clock = (std::int64_t{1} << 33) - 9000; // 100 ms before the wrap
    const auto part = [&](int packets) {
        append(stream, pcr_packet(clock & ((std::int64_t{1} << 33) - 1)));
        for (int i = 1; i < packets; ++i)
            append(stream, other_packet);
        clock += 3600; // 40 ms
    };
    for (int i = 0; i < 5; ++i)
        part(10);
    for (int i = 0; i < 5; ++i)
        part(30);
    const auto timing = measure(stream);
    const auto ms = [&](std::size_t packet) {
        return static_cast<double>(timing.time_of(packet)) / (system_clock_hz / 1000);
    };
    CHECK(ms(0) == Approx(0).margin(0.01));
    CHECK(ms(5) == Approx(20).margin(0.01));
    CHECK(ms(50) == Approx(200).margin(0.01));
    CHECK(ms(65) == Approx(220).margin(0.01));
    CHECK(ms(170) == Approx(360).margin(0.01));

    clock -= 90'000 * 3600; // a cut: an hour back
    const auto cut = stream.size() / ts::packet_size;
    for (int i = 0; i < 5; ++i)
        part(10);
    const auto with_cut = measure(stream);
    CHECK(with_cut.time_of(cut) > with_cut.time_of(cut - 1));
    CHECK(with_cut.time_of(cut + 50) - with_cut.time_of(cut) <
          static_cast<std::int64_t>(0.3 * system_clock_hz));
}

TEST_CASE("timestamps: shifting wraps PCR at 2^33 ticks of 90 kHz and PTS with it") {
    // PTS 0x1FFFFFFFF - 1, DTS 5
    auto packet = "47 41 00 10 00 00 01 E0 00 00 80 C0 0A 3F FF FF FF FD 11 00 01 00 0B"_hex;
    packet.resize(ts::packet_size, 0xFF);
    const auto reference = packet;
    const std::span<std::uint8_t, ts::packet_size> span{packet.data(), ts::packet_size};
    CHECK(read_dts(ts::packet_view{span}) == 5 * ticks_per_90khz);
    shift_timestamps(span, 3 * ticks_per_90khz);
    const auto expected = "31 00 01 00 03 11 00 01 00 11"_hex;
    CHECK(bytes(packet.begin() + 13, packet.begin() + 23) == expected);
    shift_timestamps(span, -3 * ticks_per_90khz);
    CHECK(packet == reference);

    auto clock = pcr_packet((std::int64_t{1} << 33) - 1);
    const std::span<std::uint8_t, ts::packet_size> clock_span{clock.data(), ts::packet_size};
    CHECK(read_pcr(ts::packet_view{clock_span}) == clock_wrap - ticks_per_90khz);
    shift_timestamps(clock_span, ticks_per_90khz + 17);
    CHECK(read_pcr(ts::packet_view{clock_span}) == 17);
    CHECK(clock_step(clock_wrap - 10, 17) == 27);
    CHECK(clock_step(17, clock_wrap - 10) == -27);
}

TEST_CASE("timestamps: no bytes of a packet lead outside") {
    for (unsigned control = 0; control < 4; ++control) {
        for (unsigned length = 0; length < 256; ++length) {
            std::array<std::uint8_t, ts::packet_size> packet;
            packet.fill(0xFF);
            packet[0] = 0x47;
            packet[1] = 0x41;
            packet[3] = static_cast<std::uint8_t>(control << 4);
            packet[4] = static_cast<std::uint8_t>(length);
            if (5 + length + 4 <= ts::packet_size) {
                packet[5 + length] = packet[6 + length] = 0;
                packet[7 + length] = 1;
                packet[8 + length] = 0xE0;
            }
            const auto before = packet;
            shift_timestamps(packet, 0);
            CHECK(packet[4] == before[4]);
        }
    }
}
