// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/time.hpp>
#include <cihost/ts/packet.hpp>
#include <cihost/ts/pid_table.hpp>

#include <cstdint>

namespace cihost::ts {

/// What one PID's payload packets say about descrambling (ETR 289 §5).
struct scrambling_status {
    std::uint64_t clear = 0;
    std::uint64_t even = 0;
    std::uint64_t odd = 0;
    /// Changes of parity seen on the PID's scrambled packets: crypto periods that passed while
    /// it was scrambled.
    std::uint64_t flips = 0;
    /// Turns from clear back to scrambled.
    std::uint64_t relapses = 0;
    /// never until it happens.
    time_point first_packet = never;
    time_point first_clear = never;
    time_point last_clear = never;
    time_point last_scrambled = never;
    /// When the present run of scrambled packets began; never while clear.
    time_point scrambled_since = never;
    /// Longest run of scrambled packets that began after a clear packet: a gap a viewer saw.
    duration longest_gap{0};
    scrambling last = scrambling::clear;
    /// Of the last scrambled packet: even or odd; clear before there was one.
    scrambling last_parity = scrambling::clear;

    std::uint64_t scrambled() const noexcept { return even + odd; }
    bool is_clear() const noexcept { return last == scrambling::clear && clear > 0; }
};

/// Watches the scrambling bits of every PID. Packets without payload or with a transport error say
/// nothing and are passed over; the reserved value 01 counts as scrambled (even).
class scrambling_monitor {
  public:
    void push(packet_view packet, time_point now);
    /// Zeroes for a PID never seen.
    const scrambling_status& operator[](pid_t pid) const noexcept { return table_[pid]; }
    void reset(pid_t pid) { table_.at(pid) = {}; }
    void reset() noexcept { table_.clear(); }

  private:
    pid_table<scrambling_status> table_;
};

} // namespace cihost::ts
