// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/bytes.hpp>
#include <cihost/ts/packet.hpp>

#include <cstdint>
#include <vector>

namespace cihost::ts {

/// Cuts sections into packets of one PID: pointer_field 0, one section start a packet, FF stuffing.
/// Keeps the PID's continuity counter.
class section_packetizer {
  public:
    explicit section_packetizer(pid_t pid) noexcept
        : pid_{pid} {}

    /// Whole packets, packet_size bytes each, appended to out. Returns how many.
    std::size_t packetize(bytes_view section, bytes& out);

  private:
    pid_t pid_;
    std::uint8_t counter_ = 0;
};

} // namespace cihost::ts
