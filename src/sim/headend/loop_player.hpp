// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "sim/headend/pace.hpp"

#include <cihost/bytes.hpp>
#include <cihost/time.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace cihost::sim {

/// Plays packets in an endless loop: PCR, PTS and DTS go on as if the stream had no end.
class loop_player {
  public:
    /// `packets`: at least one, prepared by make_seamless().
    loop_player(bytes packets, const pace& timing);

    /// When the next packet is due, since the start.
    duration next_due() const noexcept { return due_; }
    /// The next packet, time stamps shifted; the continuity counter is still the file's.
    void next(std::span<std::uint8_t, ts::packet_size> packet) noexcept;

    std::uint64_t loops() const noexcept { return loops_; }
    duration loop_length() const noexcept;

  private:
    void schedule() noexcept;

    bytes packets_;
    pace timing_;
    std::size_t count_;
    std::size_t position_ = 0;
    std::uint64_t loops_ = 0;
    /// One loop, in system clock ticks: whole 90 kHz ticks, so that PCR and PTS stay together.
    std::int64_t length_;
    /// What this loop's time stamps are shifted by.
    std::int64_t shift_ = 0;
    duration due_{0};
};

} // namespace cihost::sim
