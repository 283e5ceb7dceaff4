// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/tuner_pool.hpp"

#include <algorithm>

namespace cihost::daemon {

bool can_receive(const std::vector<device::delivery_system>& systems,
                 device::delivery_system system) {
    return system == device::delivery_system::unspecified || systems.empty() ||
           std::ranges::find(systems, system) != systems.end();
}

std::vector<std::size_t> tuner_pool::released(std::span<const pool_member> members,
                                              time_point now) {
    unheld_since_.resize(members.size(), never);
    std::vector<std::size_t> due;
    for (std::size_t i = 0; i < members.size(); ++i) {
        const auto& m = members[i];
        auto& since = unheld_since_[i];
        if (m.fixed || !m.tuned || m.held || m.led) {
            since = never;
            continue;
        }
        if (since == never)
            since = now;
        if (now - since < idle_after_)
            continue;
        due.push_back(i);
        since = never;
    }
    return due;
}

} // namespace cihost::daemon
