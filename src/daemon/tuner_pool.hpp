// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "device/tuning.hpp"

#include <cihost/time.hpp>

#include <cstddef>
#include <span>
#include <vector>

namespace cihost::daemon {

/// What the pool has to know of a receiver; a value, taken anew for each question.
struct pool_member {
    /// Configured to stay where it is.
    bool fixed = false;
    bool tuned = false;
    /// Something wants its services.
    bool held = false;
    /// A module has tuned it. It gives way to anybody, but is not let go of.
    bool led = false;
};

/// Whether a frontend with these systems may be tried; none are known: it may.
bool can_receive(const std::vector<device::delivery_system>& systems,
                 device::delivery_system system);

/// Decides when a receiver that nobody needs is let go. Indices are those of the members given.
class tuner_pool {
  public:
    /// `idle_after`: from the end of the last wanted service to the release.
    explicit tuner_pool(duration idle_after)
        : idle_after_{idle_after} {}

    /// Members to let go of now. To be asked again and again; a member is told by its place.
    std::vector<std::size_t> released(std::span<const pool_member> members, time_point now);

  private:
    duration idle_after_;
    /// Since when nothing holds a member that is tuned.
    std::vector<time_point> unheld_since_;
};

} // namespace cihost::daemon
