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
///
/// Most modules take about the same time for each message: the second and third poll go where the
/// last messages were found.
class poll_timer {
  public:
    explicit poll_timer(const slot_settings& settings)
        : floor_{settings.poll_floor}
        , idle_{settings.idle_poll} {}

    void reset(time_point now) noexcept {
        owed_ = false;
        not_ready_ = ready_ = duration{};
        answered(now);
    }

    void set_owed(bool owed, time_point now) noexcept {
        if (owed && !owed_)
            message_went(now);
        owed_ = owed;
    }

    /// The module answered a TPDU, with or without a message.
    void answered(time_point now) noexcept { last_answer_ = now; }
    /// An empty poll was written.
    void polled(time_point now) noexcept {
        step_ = std::min(step_ + 1, back_off.size() - 1);
        before_ = step_ == 1 ? duration{} : latest_;
        latest_ = now - last_message_;
    }
    void message_went(time_point now) noexcept {
        step_ = 0;
        last_message_ = now;
    }
    void message_came(time_point now) noexcept {
        learn();
        message_went(now);
    }

    /// A message is owed and has not kept us waiting for too long.
    bool brisk() const noexcept {
        return owed_ && last_answer_ + std::max<duration>(back_off[step_], floor_) <
                            last_message_ + patience;
    }

    time_point next() const noexcept {
        if (!brisk())
            return last_answer_ + std::max(idle_, floor_);
        if (floor_ == duration{} && ready_ > duration{}) {
            const auto aim = last_message_ + (step_ == 1 ? estimate() : ready_);
            if ((step_ == 1 || step_ == 2) && aim > last_answer_)
                return aim;
        }
        return last_answer_ + std::max<duration>(back_off[step_], floor_);
    }

  private:
    /// Between what was too early and what was not: at the end of it once it is narrow.
    duration estimate() const noexcept {
        return ready_ - not_ready_ <= narrow ? ready_ : (not_ready_ + ready_) / 2;
    }

    /// A message came, found by the latest poll. The first poll finds what no other has to look
    /// for.
    void learn() noexcept {
        if (step_ < 2 || latest_ > back_off.back())
            return;
        // what was too early once need not be for ever
        not_ready_ = not_ready_ < latest_ ? std::max(before_, not_ready_ * 7 / 8) : before_;
        ready_ = latest_;
    }

    static constexpr std::array back_off{
        std::chrono::milliseconds{5}, std::chrono::milliseconds{10}, std::chrono::milliseconds{20},
        std::chrono::milliseconds{40}, std::chrono::milliseconds{100}};
    static constexpr std::chrono::seconds patience{10};
    static constexpr std::chrono::milliseconds narrow{5};

    duration floor_;
    duration idle_;
    bool owed_ = false;
    std::size_t step_ = 0;
    time_point last_answer_{};
    time_point last_message_{};
    /// Of the latest poll and the one before it, behind the last message.
    duration latest_{};
    duration before_{};
    /// What the latest messages took: more than this, and this at most. 0: nothing is known.
    duration not_ready_{};
    duration ready_{};
};

} // namespace cihost::en50221
