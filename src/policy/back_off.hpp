// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/time.hpp>

#include <algorithm>

namespace cihost::policy {

/// Waits that double from `first` to `last` while something keeps failing.
class back_off {
  public:
    constexpr back_off(duration first, duration last) noexcept
        : first_{first}
        , last_{last}
        , next_{first} {}

    duration next() noexcept {
        const auto wait = next_;
        next_ = std::min(next_ * 2, last_);
        return wait;
    }
    void reset() noexcept { next_ = first_; }

  private:
    duration first_;
    duration last_;
    duration next_;
};

} // namespace cihost::policy
