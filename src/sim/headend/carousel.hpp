// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cihost/bytes.hpp>
#include <cihost/time.hpp>
#include <cihost/ts/packet.hpp>

#include <array>
#include <cstddef>
#include <deque>
#include <functional>
#include <span>
#include <vector>

namespace cihost::sim {

/// Repeats sections, each at its own period, and keeps their packets until the multiplex has room.
/// Continuity counters are left to the multiplexer, since a PID may have several entries.
class carousel {
  public:
    struct entry {
        ts::pid_t pid = ts::pid_null;
        duration period{};
        /// The sections to send at a time.
        std::function<std::vector<bytes>(duration t)> sections;
        /// When they change next: sent at once then, not only after the period. May be empty.
        std::function<duration(duration t)> next_change;
        /// Sent for the last time before this.
        duration until = duration::max();
    };

    /// Sends first at once. The number stays valid.
    std::size_t add(entry e);
    void send_now(std::size_t number) noexcept;
    void end(std::size_t number, duration until) noexcept { entries_[number].until = until; }

    /// Queues the packets of all that is due at t.
    void advance(duration t);
    bool waiting() const noexcept { return !queue_.empty(); }
    /// How long the first packet has been waiting.
    duration delay(duration t) const noexcept { return t - queue_.front().due; }
    void take(std::span<std::uint8_t, ts::packet_size> packet) noexcept;

    /// What all this takes of the multiplex.
    double packets_per_second() const;

  private:
    struct queued {
        std::array<std::uint8_t, ts::packet_size> packet;
        duration due;
    };

    std::vector<entry> entries_;
    std::vector<duration> due_;
    duration next_{};
    std::deque<queued> queue_;
};

} // namespace cihost::sim
