// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/headend/timestamps.hpp"

namespace cihost::sim {
namespace {

using packet_span = std::span<std::uint8_t, ts::packet_size>;

constexpr std::size_t pcr_size = 6;
constexpr std::size_t pts_size = 5;

/// Where PCR and OPCR begin in a packet; 0 for none.
struct clock_fields {
    std::size_t pcr = 0;
    std::size_t opcr = 0;
};

clock_fields find_clocks(ts::packet_view packet) noexcept {
    const auto data = packet.data();
    if (!packet.has_adaptation_field() || data[4] == 0 || 5U + data[4] > ts::packet_size)
        return {};
    const std::size_t end = 5U + data[4];
    clock_fields found;
    std::size_t at = 6;
    if ((data[5] & 0x10) != 0 && at + pcr_size <= end) {
        found.pcr = at;
        at += pcr_size;
    }
    if ((data[5] & 0x08) != 0 && at + pcr_size <= end)
        found.opcr = at;
    return found;
}

/// Where PTS and DTS begin in a packet; 0 for none.
struct pes_fields {
    std::size_t pts = 0;
    std::size_t dts = 0;
};

bool has_pes_flags(std::uint8_t stream_id) noexcept {
    switch (stream_id) { // ISO/IEC 13818-1 table 2-21: those without the optional PES header
    case 0xBC:           // program_stream_map
    case 0xBE:           // padding_stream
    case 0xBF:           // private_stream_2
    case 0xF0:           // ECM
    case 0xF1:           // EMM
    case 0xF2:           // DSM-CC
    case 0xF8:           // H.222.1 type E
    case 0xFF:           // program_stream_directory
        return false;
    default:
        return true;
    }
}

pes_fields find_pes(ts::packet_view packet) noexcept {
    if (!packet.payload_unit_start() || packet.scrambling_control() != ts::scrambling::clear)
        return {};
    const auto pes = packet.payload();
    if (pes.size() < 9 || pes[0] != 0 || pes[1] != 0 || pes[2] != 1 || !has_pes_flags(pes[3]) ||
        (pes[6] & 0xC0) != 0x80)
        return {};
    const std::size_t start = ts::packet_size - pes.size();
    const std::size_t header_end = 9U + pes[8];
    pes_fields found;
    if ((pes[7] & 0x80) == 0 || 9 + pts_size > header_end || 9 + pts_size > pes.size())
        return found;
    found.pts = start + 9;
    if ((pes[7] & 0x40) != 0 && 9 + 2 * pts_size <= header_end && 9 + 2 * pts_size <= pes.size())
        found.dts = start + 9 + pts_size;
    return found;
}

/// 33-bit base, 6 reserved bits, 9-bit extension.
std::int64_t get_clock(const std::uint8_t* at) noexcept {
    std::int64_t base = 0;
    for (int i = 0; i < 4; ++i)
        base = base << 8 | at[i];
    base = base << 1 | at[4] >> 7;
    return base * ticks_per_90khz + ((at[4] & 1) << 8 | at[5]);
}

void put_clock(std::uint8_t* at, std::int64_t ticks) noexcept {
    const auto base = ticks / ticks_per_90khz;
    const auto extension = ticks % ticks_per_90khz;
    for (int i = 0; i < 4; ++i)
        at[i] = static_cast<std::uint8_t>(base >> (25 - 8 * i));
    at[4] = static_cast<std::uint8_t>((base & 1) << 7 | (at[4] & 0x7E) | extension >> 8);
    at[5] = static_cast<std::uint8_t>(extension);
}

/// 4 bits of prefix, then 3, 15 and 15 bits, each with a marker bit behind.
std::int64_t get_pts(const std::uint8_t* at) noexcept {
    return (std::int64_t{at[0]} >> 1 & 7) << 30 | std::int64_t{at[1]} << 22 |
           (std::int64_t{at[2]} >> 1) << 15 | std::int64_t{at[3]} << 7 | at[4] >> 1;
}

void put_pts(std::uint8_t* at, std::int64_t value) noexcept {
    at[0] = static_cast<std::uint8_t>((at[0] & 0xF1) | (value >> 30 & 7) << 1);
    at[1] = static_cast<std::uint8_t>(value >> 22);
    at[2] = static_cast<std::uint8_t>((at[2] & 1) | (value >> 15 & 0x7F) << 1);
    at[3] = static_cast<std::uint8_t>(value >> 7);
    at[4] = static_cast<std::uint8_t>((at[4] & 1) | (value & 0x7F) << 1);
}

std::int64_t wrapped(std::int64_t ticks) noexcept {
    ticks %= clock_wrap;
    return ticks < 0 ? ticks + clock_wrap : ticks;
}

} // namespace

std::optional<std::int64_t> read_pcr(ts::packet_view packet) noexcept {
    const auto at = find_clocks(packet).pcr;
    if (at == 0)
        return {};
    return get_clock(packet.data().data() + at);
}

std::optional<std::int64_t> read_dts(ts::packet_view packet) noexcept {
    const auto found = find_pes(packet);
    const auto at = found.dts != 0 ? found.dts : found.pts;
    if (at == 0)
        return {};
    return get_pts(packet.data().data() + at) * ticks_per_90khz;
}

void shift_timestamps(packet_span packet, std::int64_t ticks) noexcept {
    const ts::packet_view view{packet};
    const auto clocks = find_clocks(view);
    for (const auto at : {clocks.pcr, clocks.opcr}) {
        if (at != 0)
            put_clock(&packet[at], wrapped(get_clock(&packet[at]) + ticks));
    }
    const auto pes = find_pes(view);
    for (const auto at : {pes.pts, pes.dts}) {
        if (at != 0)
            put_pts(&packet[at],
                    wrapped(get_pts(&packet[at]) * ticks_per_90khz + ticks) / ticks_per_90khz);
    }
}

std::int64_t clock_step(std::int64_t from, std::int64_t to) noexcept {
    const auto step = wrapped(to - from);
    return step >= clock_wrap / 2 ? step - clock_wrap : step;
}

} // namespace cihost::sim
