// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/time.hpp>

#include <algorithm>
#include <chrono>

namespace cihost::en50221 {

/// An enter_menu that waits for its menu. Modules overhear it: it is repeated.
class menu_request {
  public:
    static constexpr std::chrono::seconds repeat_after{3};
    static constexpr std::chrono::seconds give_up_after{10};

    enum class action { nothing, ask, give_up };

    void begin(time_point now) noexcept {
        repeat_at_ = now + repeat_after;
        give_up_at_ = now + give_up_after;
    }
    /// The menu came, or nobody is left to give it. True: it was waited for.
    bool end() noexcept {
        const bool waiting = give_up_at_ != never;
        repeat_at_ = give_up_at_ = never;
        return waiting;
    }
    action tick(time_point now) noexcept {
        if (now >= give_up_at_) {
            end();
            return action::give_up;
        }
        if (now < repeat_at_)
            return action::nothing;
        repeat_at_ = now + repeat_after;
        return action::ask;
    }
    time_point deadline() const noexcept { return std::min(repeat_at_, give_up_at_); }
    bool waiting() const noexcept { return give_up_at_ != never; }

  private:
    time_point repeat_at_ = never;
    time_point give_up_at_ = never;
};

} // namespace cihost::en50221
