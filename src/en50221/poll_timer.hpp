// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/en50221/slot.hpp>
#include <cihost/time.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>

namespace cihost::en50221 {

/// When to poll next. While the module owes a message, empty polls follow its last answer by 5, 10,
/// 20, 40, then 100 ms: an answer that is ready soon is fetched soon, and a slow module is not
/// flooded. Any message, from either side, begins this anew; 10 s without one end it.
class poll_timer {
  public:
    explicit poll_timer(const slot_settings& settings)
        : floor_{settings.poll_floor}
        , idle_{settings.idle_poll} {}

    void reset(time_point now) noexcept {
        owed_ = false;
        answered(now);
    }

    void set_owed(bool owed, time_point now) noexcept {
        if (owed && !owed_)
            message(now);
        owed_ = owed;
    }

    /// The module answered a TPDU, with or without a message.
    void answered(time_point now) noexcept { last_answer_ = now; }
    /// An empty poll was written.
    void polled() noexcept { step_ = std::min(step_ + 1, back_off.size() - 1); }
    /// A message came or went.
    void message(time_point now) noexcept {
        step_ = 0;
        last_message_ = now;
    }

    time_point next() const noexcept {
        const auto brisk = last_answer_ + std::max<duration>(back_off[step_], floor_);
        const auto idle = last_answer_ + std::max(idle_, floor_);
        return owed_ && brisk < last_message_ + patience ? brisk : idle;
    }

  private:
    static constexpr std::array back_off{
        std::chrono::milliseconds{5}, std::chrono::milliseconds{10}, std::chrono::milliseconds{20},
        std::chrono::milliseconds{40}, std::chrono::milliseconds{100}};
    static constexpr std::chrono::seconds patience{10};

    duration floor_;
    duration idle_;
    bool owed_ = false;
    std::size_t step_ = 0;
    time_point last_answer_{};
    time_point last_message_{};
};

} // namespace cihost::en50221
