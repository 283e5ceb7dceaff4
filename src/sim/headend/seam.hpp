// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cihost/ts/packet.hpp>

#include <cstdint>
#include <span>

namespace cihost::sim {

inline ts::packet_view view_packet(const std::uint8_t* packet) noexcept {
    return ts::packet_view{ts::packet_view::data_type{packet, ts::packet_size}};
}

/// Turns a packet into a null packet (PID 1FFF).
void make_null(std::uint8_t* packet) noexcept;

/// Prepares packets (188 bytes each) for being played in a loop, so that nothing runs across the
/// seam. Of every PID, what belongs to a section or PES packet that began before the file becomes
/// null packets (a PCR in it stays). Damaged packets and duplicates become null packets too.
/// Scrambled PIDs are left alone. Returns how many packets were damaged.
std::size_t make_seamless(std::span<std::uint8_t> packets) noexcept;

} // namespace cihost::sim
