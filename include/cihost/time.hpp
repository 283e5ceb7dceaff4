// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>

namespace cihost {

/// A point on the caller's monotonic clock. The library never reads a clock: time comes in as an
/// argument, so a test may run a day in a millisecond.
using time_point = std::chrono::steady_clock::time_point;
using duration = std::chrono::steady_clock::duration;

/// "No deadline": nothing to do until something arrives.
inline constexpr time_point never = time_point::max();

} // namespace cihost
