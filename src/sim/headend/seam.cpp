// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/headend/seam.hpp"

#include "sim/headend/timestamps.hpp"

#include <algorithm>
#include <vector>

namespace cihost::sim {
namespace {

struct pid_state {
    bool started = false;
    /// The packet before, for recognising a duplicate.
    const std::uint8_t* last = nullptr;
};

/// Is it the one repetition that ISO/IEC 13818-1 §2.4.3.3 allows? A PCR may differ.
bool duplicates(const std::uint8_t* packet, const std::uint8_t* last) noexcept {
    if (last == nullptr)
        return false;
    const auto now = view_packet(packet);
    const auto before = view_packet(last);
    const auto payload = now.payload();
    const auto earlier = before.payload();
    return !payload.empty() && now.continuity_counter() == before.continuity_counter() &&
           std::equal(payload.begin(), payload.end(), earlier.begin(), earlier.end());
}

/// Adaptation field alone: what is left of a packet whose payload is not wanted.
void drop_payload(std::uint8_t* packet) noexcept {
    const std::size_t field_end = 5U + packet[4];
    std::fill(packet + field_end, packet + ts::packet_size, std::uint8_t{0xFF});
    packet[3] = static_cast<std::uint8_t>((packet[3] & 0xCF) | 0x20);
    packet[4] = ts::packet_size - 5;
}

/// The bytes in front of the first section that starts in this packet end a section of which the
/// beginning is missing; at the seam they would end the file's last section. They become stuffing
/// of the adaptation field.
void drop_section_tail(std::uint8_t* packet) noexcept {
    const auto view = view_packet(packet);
    const auto payload = view.payload();
    if (payload.empty() || payload[0] == 0 || payload[0] >= payload.size())
        return;
    const std::size_t tail = payload[0];
    const std::size_t start = ts::packet_size - payload.size();
    if (view.has_adaptation_field()) {
        if (packet[4] == 0)
            packet[5] = 0; // the flags that an empty field does not have
        std::fill(packet + start + (packet[4] == 0 ? 1 : 0), packet + start + tail,
                  std::uint8_t{0xFF});
        packet[4] = static_cast<std::uint8_t>(packet[4] + tail);
    } else {
        packet[3] |= 0x20;
        packet[4] = static_cast<std::uint8_t>(tail - 1);
        if (tail > 1) {
            packet[5] = 0;
            std::fill(packet + 6, packet + 4 + tail, std::uint8_t{0xFF});
        }
    }
    packet[start + tail] = 0; // pointer_field
}

bool starts_pes(bytes_view payload) noexcept {
    return payload.size() >= 3 && payload[0] == 0 && payload[1] == 0 && payload[2] == 1;
}

} // namespace

void make_null(std::uint8_t* packet) noexcept {
    packet[0] = ts::sync_byte;
    packet[1] = ts::pid_null >> 8;
    packet[2] = ts::pid_null & 0xFF;
    packet[3] = 0x10;
    std::fill(packet + 4, packet + ts::packet_size, std::uint8_t{0xFF});
}

std::size_t make_seamless(std::span<std::uint8_t> packets) noexcept {
    std::vector<pid_state> pids(ts::pid_count);
    std::size_t damaged = 0;
    for (std::size_t at = 0; at + ts::packet_size <= packets.size(); at += ts::packet_size) {
        auto* packet = packets.data() + at;
        const auto view = view_packet(packet);
        if (view.pid() == ts::pid_null)
            continue;
        if (view.transport_error()) {
            ++damaged;
            make_null(packet);
            continue;
        }
        if (view.scrambling_control() != ts::scrambling::clear || view.payload().empty())
            continue;
        auto& pid = pids[view.pid()];
        if (duplicates(packet, pid.last)) {
            make_null(packet);
            continue;
        }
        if (!pid.started && !view.payload_unit_start()) {
            if (read_pcr(view))
                drop_payload(packet);
            else
                make_null(packet);
            continue;
        }
        if (!pid.started && !starts_pes(view.payload()))
            drop_section_tail(packet);
        pid.started = true;
        pid.last = packet;
    }
    return damaged;
}

} // namespace cihost::sim
