// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/time.hpp>

#include <chrono>

namespace cihost::en50221 {

/// UTC as last told, carried on by the monotonic clock: a receiver without a real-time clock has
/// the right time from its first TDT on, whatever its system clock says.
struct broadcast_clock {
    std::chrono::sys_seconds utc{};
    std::chrono::minutes local_offset{0};
    /// When `utc` was right; never while nobody said.
    time_point told_at = never;

    bool known() const noexcept { return told_at != never; }
    std::chrono::sys_seconds at(time_point now) const {
        return utc + std::chrono::floor<std::chrono::seconds>(now - told_at);
    }
};

} // namespace cihost::en50221
