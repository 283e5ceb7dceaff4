// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/time.hpp>

#include <chrono>
#include <cstdint>
#include <deque>

namespace cihost::policy {

/// How far a counter went lately. It is shown now and then; between two looks nobody knows when it
/// moved, so what counts as lately may be one pause longer than the window.
class recent_count {
  public:
    explicit recent_count(duration window = std::chrono::seconds{10})
        : window_{window} {}

    /// A total that went back began anew.
    void see(std::uint64_t total, time_point now) {
        if (!looks_.empty() && total < looks_.back().total)
            looks_.clear();
        looks_.push_back({now, total});
        while (looks_.size() > 1 && looks_[1].at <= now - window_)
            looks_.pop_front();
    }
    void forget() noexcept { looks_.clear(); }

    std::uint64_t value() const noexcept {
        return looks_.empty() ? 0 : looks_.back().total - looks_.front().total;
    }

  private:
    struct look {
        time_point at;
        std::uint64_t total = 0;
    };
    duration window_;
    std::deque<look> looks_;
};

} // namespace cihost::policy
