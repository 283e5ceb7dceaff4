// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/en50221/slot.hpp>
#include <cihost/time.hpp>

#include <algorithm>
#include <chrono>

namespace cihost::en50221 {

/// When to poll next. While the module owes a message, empty polls follow its last answer after 5
/// ms, and after a quarter of the time that it has owed, 100 ms at most: an answer is found soon,
/// by the measure of what it took, and a slow module is not flooded. Any message, from either side,
/// begins this anew; 10 s without one end it.
class poll_timer {
  public:
    explicit poll_timer(const slot_settings& settings)
        : floor_{settings.poll_floor}
        , idle_{settings.idle_poll} {}

    /// Another pace, from the next poll on; what was learned of the module's times still holds.
    void adjust(const slot_settings& settings) noexcept {
        floor_ = settings.poll_floor;
        idle_ = settings.idle_poll;
    }

    void reset(time_point now) noexcept {
        owed_ = false;
        answered(now);
    }

    void set_owed(bool owed, time_point now) noexcept {
        if (owed && !owed_)
            message_went(now);
        owed_ = owed;
    }

    /// The module answered a TPDU, with or without a message.
    void answered(time_point now) noexcept { last_answer_ = now; }
    time_point last_answer() const noexcept { return last_answer_; }
    void message_went(time_point now) noexcept { last_message_ = now; }
    void message_came(time_point now) noexcept { message_went(now); }

    /// A message is owed and has not kept us waiting for too long.
    bool brisk() const noexcept {
        return owed_ && last_answer_ + pause() < last_message_ + patience;
    }

    time_point next() const noexcept {
        return last_answer_ + (brisk() ? pause() : std::max(idle_, floor_));
    }

  private:
    duration pause() const noexcept {
        return std::max(std::clamp<duration>((last_answer_ - last_message_) / 4, first, last),
                        floor_);
    }

    static constexpr duration first = std::chrono::milliseconds{5};
    static constexpr duration last = std::chrono::milliseconds{100};
    static constexpr std::chrono::seconds patience{10};

    duration floor_;
    duration idle_;
    bool owed_ = false;
    time_point last_answer_{};
    time_point last_message_{};
};

} // namespace cihost::en50221
