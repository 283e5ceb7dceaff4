// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "sim/replay/recording.hpp"
#include "sim/replay/spoken.hpp"

#include <cihost/bytes.hpp>
#include <cihost/time.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>

namespace cihost::sim {

/// The module of a recorded conversation: says what it said, in the pieces in which it said it,
/// once the host has said what came before. Statuses are made anew, for a host may poll more or
/// less often than the recorded one. Pure: no clock.
///
/// Call protocol: host_wrote() with each write; read() at deadline() until it gives nothing.
class module_player {
  public:
    module_player(const recorded_conversation& what, const session_numbers& numbers,
                  bool recorded_pace, time_point start)
        : what_{what}
        , numbers_{numbers}
        , recorded_pace_{recorded_pace}
        , start_{start} {}

    /// `host_messages`: how many of the recorded ones the host has said so far, or will not say.
    void host_wrote(bytes_view block, std::size_t host_messages, time_point now);
    std::optional<bytes> read(time_point now);
    time_point deadline() const { return answers_.empty() ? never : answers_.front().first; }

    /// Recorded blocks handed over.
    std::size_t blocks_played() const noexcept { return played_; }
    bool finished() const noexcept { return played_ == what_.blocks.size(); }
    /// When the next block may be played; never: the host has to speak first, or none is left.
    time_point next_block_at(std::size_t host_messages) const;

  private:
    bool available(std::size_t host_messages, time_point now) const {
        return next_block_at(host_messages) <= now;
    }
    void answer(bytes block, duration after, time_point now);
    void answer_status(std::size_t host_messages, time_point now);
    void play_block(std::size_t host_messages, time_point now);
    bytes with_status(bytes block, std::size_t host_messages, time_point now) const;

    const recorded_conversation& what_;
    const session_numbers& numbers_;
    bool recorded_pace_;
    time_point start_;
    std::size_t played_ = 0;
    std::deque<std::pair<time_point, bytes>> answers_;
};

} // namespace cihost::sim
