// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/tuner_pool.hpp"

#include "base/suggestion.hpp"

#include <algorithm>

namespace cihost::daemon {

bool can_receive(const std::vector<device::delivery_system>& systems,
                 device::delivery_system system) {
    return system == device::delivery_system::unspecified || systems.empty() ||
           std::ranges::find(systems, system) != systems.end();
}

namespace {

bool can_receive(const pool_member& m, device::delivery_system system) {
    return daemon::can_receive(m.systems, system);
}

bool is_there(const pool_member& m, const device::tuning& where) {
    return m.present && m.tuning && device::same_multiplex(*m.tuning, where);
}

std::string refusal(std::span<const pool_member> members, const device::channel& wanted) {
    const auto begin =
        "No receiver is free for '" + wanted.name + "' (" + device::describe(wanted.tuning) + ")";
    std::vector<std::string> reasons;
    for (const auto& m : members) {
        if (!m.present)
            reasons.push_back(m.name + " is absent");
        else if (!can_receive(m, wanted.tuning.system))
            reasons.push_back(m.name + " cannot receive " + device::name(wanted.tuning.system));
        else if (m.fixed)
            reasons.push_back(m.name + " is configured to stay where it is");
        else
            reasons.push_back(m.name + " is held by " + join(m.holders));
    }
    if (reasons.empty())
        return begin + ": there is none at all.";
    std::string text = begin + ": ";
    for (std::size_t i = 0; i < reasons.size(); ++i)
        text += (i == 0 ? "" : "; ") + reasons[i];
    return text + ".";
}

} // namespace

std::variant<tuner_pool::choice, std::string>
tuner_pool::choose(std::span<const pool_member> members, const device::channel& wanted) const {
    std::optional<std::size_t> free;
    for (std::size_t i = 0; i < members.size(); ++i) {
        const auto& m = members[i];
        if (is_there(m, wanted.tuning))
            return choice{i, false};
        if (m.fixed || !m.present || !m.holders.empty() || !can_receive(m, wanted.tuning.system))
            continue;
        if (!free || (members[*free].tuning && !m.tuning))
            free = i;
    }
    if (free)
        return choice{*free, true};
    return refusal(members, wanted);
}

std::vector<std::size_t> tuner_pool::released(std::span<const pool_member> members,
                                              time_point now) {
    unheld_since_.resize(members.size(), never);
    std::vector<std::size_t> due;
    for (std::size_t i = 0; i < members.size(); ++i) {
        const auto& m = members[i];
        auto& since = unheld_since_[i];
        if (m.fixed || !m.tuning || !m.holders.empty() || m.led) {
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
