// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/ts/packet.hpp>
#include <cihost/ts/pid_table.hpp>

#include <cstdint>

namespace cihost::ts {

/// Packets and reception faults of one PID (ISO/IEC 13818-1 §2.4.3.3).
struct continuity_status {
    std::uint64_t packets = 0;
    /// Steps of the continuity_counter that are neither the next value, nor one duplicate, nor
    /// announced by discontinuity_indicator.
    std::uint64_t errors = 0;
    std::uint64_t duplicates = 0;
    /// transport_error_indicator set; such packets do not take part in the counter check.
    std::uint64_t transport_errors = 0;
};

/// Counts them for every PID; null packets have no continuity.
class continuity_monitor {
  public:
    void push(packet_view packet);
    const continuity_status& operator[](pid_t pid) const noexcept { return table_[pid].status; }
    /// Sum over all PIDs.
    const continuity_status& total() const noexcept { return total_; }
    void reset() noexcept;
    /// What comes next does not follow what came before; counts stay.
    void restart() noexcept;
    void restart(pid_t pid) noexcept;

  private:
    struct entry {
        continuity_status status;
        std::int8_t last = -1;
        bool duplicated = false;
    };
    pid_table<entry> table_;
    continuity_status total_;
};

} // namespace cihost::ts
