// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/recording_gap.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

namespace cihost::runtime {

using cihost::name;
using cihost::recording_gap;

/// The gaps of one recording, noted by the pump and by the disk writer, read by the control thread.
/// What is missing again within a second belongs to the same gap.
class recording_gaps {
  public:
    using clock = std::chrono::system_clock;

    /// The first so many are kept, the others counted.
    static constexpr std::size_t most_kept = 200;

    void note(recording_gap::kind what, clock::time_point when, std::uint64_t position,
              std::uint64_t packets);
    /// From `from` on, all of it.
    void note_absence(clock::time_point from, clock::time_point until, std::uint64_t position);
    std::vector<recording_gap> list() const;
    /// Those that are not kept, too.
    std::uint64_t count() const;

  private:
    void add(const recording_gap& gap);

    mutable std::mutex mutex_;
    std::vector<recording_gap> gaps_;
    std::uint64_t count_ = 0;
    /// By kind: when the latest ended, and where it is kept.
    struct latest {
        clock::time_point until = clock::time_point::min();
        std::size_t index = most_kept;
    };
    std::array<latest, 4> latest_;
};

} // namespace cihost::runtime
