// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/cam/fault_plan.hpp"

#include <algorithm>
#include <array>

namespace cihost::sim {
namespace {

bool is_exit(cam_fault fault) noexcept {
    return fault == cam_fault::reboot || fault == cam_fault::removal;
}

} // namespace

fault_plan::fault_plan(std::vector<fault_rule> rules) {
    for (const auto& rule : rules)
        rules_.push_back({rule});
}

void fault_plan::run_ended(time_point now) noexcept {
    for (auto& entry : rules_) {
        if (began(entry, now))
            ++entry.runs;
        entry.taken = false;
    }
    ready_at_ = never;
    objects_ = 0;
}

bool fault_plan::began(const state& entry, time_point now) const noexcept {
    return ready_at_ != never && now >= begin_of(entry.rule) &&
           objects_ >= entry.rule.after_objects;
}

bool fault_plan::applies(const state& entry, time_point now) const noexcept {
    const auto& rule = entry.rule;
    if (is_over(entry) || !began(entry, now))
        return false;
    return is_exit(rule.fault) || rule.lasts == duration::max() ||
           now < begin_of(rule) + rule.lasts;
}

bool fault_plan::has(cam_fault fault, time_point now) const noexcept {
    return by_hand_[static_cast<unsigned>(fault)] ||
           std::any_of(rules_.begin(), rules_.end(), [&](const auto& entry) {
               return entry.rule.fault == fault && applies(entry, now);
           });
}

std::optional<cam_fault> fault_plan::spoils_answer(time_point now) {
    constexpr std::array spoiling = {cam_fault::garbage, cam_fault::wrong_length,
                                     cam_fault::wrong_tcid};
    std::optional<cam_fault> result;
    for (const auto fault : spoiling) {
        if (by_hand_[static_cast<unsigned>(fault)])
            result = fault;
        for (auto& entry : rules_)
            if (entry.rule.fault == fault && applies(entry, now) &&
                ++entry.answers % entry.rule.every == 0)
                result = fault;
    }
    return result;
}

duration fault_plan::delay(time_point now) const noexcept {
    duration longest{0};
    if (by_hand_[static_cast<unsigned>(cam_fault::slow)])
        longest = fault_rule{}.delay;
    for (const auto& entry : rules_)
        if (entry.rule.fault == cam_fault::slow && applies(entry, now))
            longest = std::max(longest, entry.rule.delay);
    return longest;
}

std::optional<fault_rule> fault_plan::take_exit(time_point now) {
    for (auto& entry : rules_) {
        if (!is_exit(entry.rule.fault) || entry.taken || !applies(entry, now))
            continue;
        entry.taken = true;
        return entry.rule;
    }
    return std::nullopt;
}

time_point fault_plan::deadline(time_point now) const noexcept {
    auto next = never;
    if (ready_at_ == never)
        return next;
    for (const auto& entry : rules_) {
        if (is_over(entry))
            continue;
        const auto begin = begin_of(entry.rule);
        const bool pending = is_exit(entry.rule.fault) && !entry.taken;
        if (begin > now || (pending && objects_ >= entry.rule.after_objects))
            next = std::min(next, begin);
        else if (entry.rule.lasts != duration::max() && begin + entry.rule.lasts > now)
            next = std::min(next, begin + entry.rule.lasts);
    }
    return next;
}

} // namespace cihost::sim
