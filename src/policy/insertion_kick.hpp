// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "policy/back_off.hpp"

#include <cihost/time.hpp>

#include <chrono>

namespace cihost::policy {

/// When a CA device whose slots are all empty is reset, so that the kernel looks at once whether a
/// module was put in: without interrupt it looks every 5 s. A module whose CIS the kernel could not
/// read counts as none, and is tried again that way: with a growing pause, for it takes its time.
/// Pure: no clock, no device.
///
/// Call protocol: status() with every answer of a slot; take() at deadline().
class insertion_kick {
  public:
    static constexpr std::chrono::milliseconds period{500};
    static constexpr std::chrono::seconds longest_pause{5};

    /// The device was opened, or is gone.
    void reset() noexcept { *this = {}; }

    void status(bool all_empty, bool any_ready, time_point now) noexcept {
        if (any_ready)
            pause_.reset();
        if (!all_empty)
            due_ = never;
        else if (due_ == never)
            due_ = now + pause_.next();
    }

    /// Whether to reset the device now.
    bool take(time_point now) noexcept {
        if (now < due_)
            return false;
        due_ = now + period;
        return true;
    }
    time_point deadline() const noexcept { return due_; }

  private:
    back_off pause_{period, longest_pause};
    time_point due_ = never;
};

} // namespace cihost::policy
