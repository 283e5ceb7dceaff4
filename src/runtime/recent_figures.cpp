// SPDX-License-Identifier: LGPL-2.1-or-later
#include "runtime/recent_figures.hpp"

#include <algorithm>
#include <utility>

namespace cihost::runtime {

void recent_figures::see(const stream_figures& totals, std::uint64_t overflows, bool received,
                         time_point now) {
    now_ = now;
    packets_.see(totals.packets, now);
    continuity_errors_.see(totals.continuity_errors, now);
    transport_errors_.see(totals.transport_errors, now);
    overflows_.see(overflows, now);
    for (const auto& figures : totals.services) {
        if (figures.wanted_at == never)
            continue;
        auto& s = services_[figures.program_number];
        if (s.wanted_at != figures.wanted_at)
            s = {.wanted_at = figures.wanted_at, .silent_since = now, .absence = s.absence};
        if (std::exchange(s.ecms, figures.ecms) != figures.ecms || !received || !figures.seen)
            s.silent_since = now;
        const bool clear = received && figures.seen && !figures.scrambled_now;
        if (clear || !received || !figures.seen)
            s.scrambled_again_since = never;
        else if (s.clear_since != never)
            s.scrambled_again_since = now;
        if (!clear)
            s.clear_since = never;
        else if (s.clear_since == never)
            s.clear_since = now;
        s.errors.see(figures.continuity_errors, now);
        s.scrambled.see(figures.scrambled_after_clear, now);
        count_unattended(s, figures);
        s.unattended.see(s.unattended_so_far, now);
    }
    std::erase_if(services_, [&](const auto& entry) {
        return std::ranges::none_of(totals.services, [&](const service_figures& figures) {
            return figures.program_number == entry.first && figures.wanted_at != never;
        });
    });
}

/// A module that falls silent is known to be so only later: what came scrambled meanwhile is of the
/// same interruption.
void recent_figures::count_unattended(service& s, const service_figures& figures) {
    s.interruption = std::max(s.interruption, s.absence);
    if (s.interruption != policy::module_absence::none) {
        if (figures.scrambled_after_clear > s.judged)
            s.unattended_so_far += figures.scrambled_after_clear - s.judged;
        s.judged = figures.scrambled_after_clear;
        s.latest = s.interruption;
    }
    if (s.absence == policy::module_absence::none && !figures.scrambled_now) {
        s.interruption = policy::module_absence::none;
        s.judged = figures.scrambled_after_clear;
    }
}

void recent_figures::attend(std::uint16_t program_number, policy::module_absence absence) {
    services_[program_number].absence = absence;
}

void recent_figures::retuned() { *this = {}; }

const recent_figures::service* recent_figures::find(std::uint16_t program_number) const {
    const auto it = services_.find(program_number);
    return it == services_.end() ? nullptr : &it->second;
}

policy::service_facts::recent_counts recent_figures::counts(std::uint16_t program_number) const {
    policy::service_facts::recent_counts all{.packets = packets_.value(),
                                             .continuity_errors = continuity_errors_.value(),
                                             .transport_errors = transport_errors_.value(),
                                             .overflows = overflows_.value()};
    if (const auto* const s = find(program_number)) {
        all.service_errors = s->errors.value();
        all.service_scrambled = s->scrambled.value();
        all.service_unattended = std::min(s->unattended.value(), all.service_scrambled);
        all.absence = s->latest;
    }
    return all;
}

duration recent_figures::ecm_silence(std::uint16_t program_number) const {
    const auto* const s = find(program_number);
    return s == nullptr ? duration{0} : now_ - s->silent_since;
}

std::optional<duration> recent_figures::clear_for(std::uint16_t program_number) const {
    const auto* const s = find(program_number);
    if (s == nullptr || s->clear_since == never)
        return std::nullopt;
    return now_ - s->clear_since;
}

std::optional<duration> recent_figures::scrambled_again_for(std::uint16_t program_number) const {
    const auto* const s = find(program_number);
    if (s == nullptr || s->scrambled_again_since == never)
        return std::nullopt;
    return now_ - s->scrambled_again_since;
}

} // namespace cihost::runtime
