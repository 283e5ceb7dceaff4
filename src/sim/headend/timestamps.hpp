// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cihost/ts/packet.hpp>

#include <cstdint>
#include <optional>
#include <span>

namespace cihost::sim {

/// Ticks of the 27 MHz system clock, ISO/IEC 13818-1 §2.4.2.1.
inline constexpr std::int64_t system_clock_hz = 27'000'000;
/// System clock ticks in one of the 90 kHz ticks of PTS and DTS.
inline constexpr std::int64_t ticks_per_90khz = 300;
/// A PCR, like PTS and DTS, starts again after 2^33 ticks of 90 kHz.
inline constexpr std::int64_t clock_wrap = (std::int64_t{1} << 33) * ticks_per_90khz;

/// Program clock reference in system clock ticks.
std::optional<std::int64_t> read_pcr(ts::packet_view packet) noexcept;

/// DTS, or PTS where it stands for both, of a PES header that begins in this packet; in system
/// clock ticks. Nothing when the packet is scrambled.
std::optional<std::int64_t> read_dts(ts::packet_view packet) noexcept;

/// Adds to PCR, OPCR, PTS and DTS, round their wrap. A PES header that does not fit into the packet
/// it begins in keeps its time stamps (multiplexers do not split headers).
void shift_timestamps(std::span<std::uint8_t, ts::packet_size> packet, std::int64_t ticks) noexcept;

/// From one value of a wrapping clock to a later one: -wrap/2 to +wrap/2.
std::int64_t clock_step(std::int64_t from, std::int64_t to) noexcept;

} // namespace cihost::sim
