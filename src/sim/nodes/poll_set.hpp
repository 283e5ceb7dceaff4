// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cihost/time.hpp>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <poll.h>
#include <vector>

namespace cihost::sim {

/// The descriptors one turn of the loop waits for. It is filled anew each turn (a dozen entries),
/// so nobody is called back and nobody has to be deregistered.
class poll_set {
  public:
    void clear() noexcept { entries_.clear(); }
    /// With events = 0 only a hang-up wakes.
    void add(int fd, short events) {
        if (fd >= 0)
            entries_.push_back({.fd = fd, .events = events, .revents = 0});
    }

    /// Returns at `until` at the latest, or as soon as something is ready.
    void wait(time_point now, time_point until) {
        using namespace std::chrono;
        const auto left = std::max(nanoseconds{until - now}, nanoseconds{0});
        const timespec timeout{.tv_sec = left / seconds{1}, .tv_nsec = (left % seconds{1}).count()};
        if (::ppoll(entries_.data(), entries_.size(), until == never ? nullptr : &timeout,
                    nullptr) <= 0)
            for (auto& entry : entries_)
                entry.revents = 0;
    }

    /// True also for a hang-up or an error: the next call on the descriptor will tell.
    bool ready(int fd) const noexcept {
        return std::any_of(entries_.begin(), entries_.end(), [&](const pollfd& entry) {
            return entry.fd == fd && entry.revents != 0;
        });
    }

  private:
    std::vector<pollfd> entries_;
};

} // namespace cihost::sim
