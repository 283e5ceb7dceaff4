// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/time.hpp>

#include <cstddef>
#include <utility>

namespace cihost::policy {

/// Lets the first few of a kind through in each period, and counts the others.
///
/// Call protocol: at deadline(), or whenever, take left_out(); what it gives is told once.
class rate_limit {
  public:
    constexpr rate_limit(std::size_t most, duration period) noexcept
        : most_{most}
        , period_{period} {}

    /// Whether this one, which stands for `count` of its kind, may pass.
    bool pass(time_point now, std::size_t count = 1) noexcept {
        if (passed_ == 0 || (now >= ends_ && left_out_ == 0)) {
            passed_ = 0;
            ends_ = now + period_;
        }
        if (passed_ >= most_) {
            left_out_ += count;
            return false;
        }
        ++passed_;
        return true;
    }

    /// How many were held back in the period that is over.
    std::size_t left_out(time_point now) noexcept {
        if (now < deadline())
            return 0;
        passed_ = 0;
        return std::exchange(left_out_, 0);
    }

    time_point deadline() const noexcept { return left_out_ > 0 ? ends_ : never; }

  private:
    std::size_t most_;
    duration period_;
    std::size_t passed_ = 0;
    std::size_t left_out_ = 0;
    time_point ends_{};
};

} // namespace cihost::policy
