// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "sim/replay/recording.hpp"
#include "sim/replay/replay.hpp"
#include "sim/replay/spoken.hpp"

#include <cstddef>
#include <optional>
#include <vector>

namespace cihost::sim {

/// Holds what the host says against what the recorded one said.
class comparison {
  public:
    comparison(const recorded_conversation& what, session_numbers& numbers, replay_report& report);

    /// The host said something when so many of the module's blocks were played.
    void said(const recorded_message& message, std::size_t blocks_played);
    /// Whether that was one of the recorded messages.
    bool progressed() const noexcept { return progressed_; }

    /// Recorded messages up to the first that is still to come.
    std::size_t settled() const;
    /// The first that is still to come; nothing when all is said.
    std::optional<std::size_t> awaited() const;
    const spoken& expected(std::size_t index) const { return expected_[index].what; }

    /// It does not come.
    void give_up(std::size_t index);
    /// It cannot be had, and that is nobody's fault.
    void excuse(std::size_t index);

  private:
    struct entry {
        spoken what;
        bool settled = false;
        /// A date after the first: how many there are depends on time alone.
        bool optional = false;
    };

    void pair_sessions(const recorded_message& message, std::size_t index);
    std::optional<std::size_t> find_equal(const spoken& now) const;
    std::optional<std::size_t> find_like(const spoken& now, std::size_t end) const;
    std::size_t window_end(std::size_t blocks_played) const;
    void differ(replay_difference::kind kind, std::size_t index, const recorded_message* now);

    const recorded_conversation& conversation_;
    session_numbers& numbers_;
    replay_report& report_;
    std::vector<entry> expected_;
    bool progressed_ = false;
    duration last_at_{};
};

} // namespace cihost::sim
