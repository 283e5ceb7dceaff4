// SPDX-License-Identifier: LGPL-2.1-or-later

/// What a receiver's modules need, and what is learned of them.

#include "runtime/receiver_impl.hpp"
#include "runtime/watched_pids.hpp"

#include <algorithm>
#include <chrono>

namespace cihost::runtime {

namespace {

/// One that is asked by two modules tells nothing about either.
bool is_requested(const cam& c, std::uint16_t program_number) {
    const auto status = c.plan().status(program_number);
    return status && status->phase == policy::service_phase::requested;
}

} // namespace

std::vector<ts::pid_t> receiver::impl::needed_si_pids() const {
    auto pids = runtime::needed_si_pids(ca_.cams().empty() ? settings_.cam
                                                           : ca_.cams()[0]->host().profile());
    for (const auto& c : ca_.cams())
        for (const auto pid : runtime::needed_si_pids(c->host().profile()))
            if (std::ranges::find(pids, pid) == pids.end())
                pids.push_back(pid);
    if (recordings_.active() || streams_.active()) // they tell their service's name and events
        for (const auto pid : {ts::pid_sdt, ts::pid_eit})
            if (std::ranges::find(pids, pid) == pids.end())
                pids.push_back(pid);
    std::ranges::sort(pids);
    return pids;
}

std::vector<policy::observed_service> receiver::impl::observe(const cam& by) const {
    std::vector<policy::observed_service> all;
    for (const auto& [program, record] : records_) {
        const auto asked = std::ranges::count_if(
            ca_.cams(), [number = program](const auto& c) { return is_requested(*c, number); });
        const auto* const figures = figures_of(program);
        if (asked != 1 || !is_requested(by, program) || figures == nullptr ||
            figures->wanted_at != record.wanted_at)
            continue;
        all.push_back({.program_number = program,
                       .scrambled_on_air = figures->ecms > 0 || figures->scrambled_before_clear > 0,
                       .clear = figures->seen && !figures->scrambled_now,
                       .scrambled = figures->seen && figures->scrambled_now,
                       .first_clear = figures->first_clear});
    }
    return all;
}

void receiver::impl::learn(time_point now) {
    auto* const memory = adviser_ != nullptr ? adviser_->memory() : nullptr;
    // what a tuner without a lock shows is nobody's merit, and nobody's fault
    if (memory == nullptr || (tuning_ && !tuner_.signal.locked))
        return;
    const auto utc = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    lessons_.resize(std::max(lessons_.size(), ca_.cams().size()));
    for (std::size_t slot = 0; slot < ca_.cams().size(); ++slot)
        lessons_[slot].look(ca_.cams()[slot]->host(), observe(*ca_.cams()[slot]), *memory, utc,
                            now);
}

void receiver::impl::note_strategy(unsigned slot, const policy::strategy_tried& news) {
    auto* const memory = adviser_ != nullptr ? adviser_->memory() : nullptr;
    const auto& application = ca_.cams()[slot]->host().application();
    if (memory == nullptr || !application)
        return;
    const auto who = policy::identity_of(*application);
    const auto strategy = policy::strategy_of(news.settings);
    if (news.limit)
        memory->limit_met(who, news.settings.max_services);
    if (news.worked)
        memory->strategy_worked(who, strategy);
    else
        memory->strategy_failed(who, strategy);
}

} // namespace cihost::runtime
