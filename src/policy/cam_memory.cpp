// SPDX-License-Identifier: LGPL-2.1-or-later
#include "policy/cam_memory.hpp"

#include <algorithm>
#include <utility>

namespace cihost::policy {

using std::chrono::milliseconds;

namespace {

/// A mean over this many forgets what a firmware before the present one did.
constexpr unsigned mean_over = 8;
/// Longer is no habit of the module's: a card without rights, a broadcast that broke off.
constexpr auto longest_habit = std::chrono::minutes{2};
/// A limit met once may be an accident.
constexpr unsigned limit_believed = 2;
constexpr auto longest_patience = std::chrono::seconds{20};

void learn_mean(std::optional<milliseconds>& mean, unsigned count, duration sample) {
    const auto ms = std::chrono::duration_cast<milliseconds>(sample);
    const auto weight = static_cast<int>(std::clamp(count, 1U, mean_over));
    mean = mean ? *mean + (ms - *mean) / weight : ms;
}

} // namespace

cam_record* cam_memory::learning(const cam_identity& who) {
    const auto found = records_.find(who);
    return found == records_.end() || found->second.pinned ? nullptr : &found->second;
}

void cam_memory::started(const cam_identity& who, const std::string& profile,
                         std::optional<duration> ready_to_ca_info, utc now) {
    const auto [entry, fresh] = records_.try_emplace(who, cam_record{.who = who});
    auto& r = entry->second;
    r.last_seen = now;
    ++r.starts;
    ++changes_;
    if (fresh)
        ++weighty_changes_;
    if (r.pinned)
        return;
    if (r.profile != profile) {
        r.profile = profile;
        r.strategies.clear();
        r.slowest_answer.reset();
        r.services_limit = r.limit_met = 0;
    }
    if (ready_to_ca_info && *ready_to_ca_info <= longest_habit)
        learn_mean(r.usual_start, r.starts, *ready_to_ca_info);
    make_room();
}

void cam_memory::answered(const cam_identity& who, duration slowest) {
    auto* const r = learning(who);
    if (r == nullptr || slowest <= duration{0})
        return;
    const auto ms = std::chrono::ceil<milliseconds>(slowest);
    const auto before = r->slowest_answer;
    if (!before || ms > *before)
        r->slowest_answer = ms;
    else
        r->slowest_answer = *before - (*before - ms) / static_cast<int>(mean_over);
    if (r->slowest_answer != before)
        ++changes_;
}

void cam_memory::cleared(const cam_identity& who, duration ca_pmt_to_clear) {
    auto* const r = learning(who);
    if (r == nullptr || ca_pmt_to_clear < duration{0} || ca_pmt_to_clear > longest_habit)
        return;
    ++r->clears;
    ++changes_;
    learn_mean(r->usual_clear, r->clears, ca_pmt_to_clear);
}

void cam_memory::services_clear(const cam_identity& who, unsigned count) {
    auto* const r = learning(who);
    if (r == nullptr)
        return;
    if (count > r->most_services) {
        r->most_services = count;
        ++changes_;
    }
    if (r->limit_met > 0 && count > r->services_limit) {
        r->services_limit = r->limit_met = 0;
        ++changes_;
    }
}

void cam_memory::limit_met(const cam_identity& who, unsigned count) {
    auto* const r = learning(who);
    if (r == nullptr || count == 0)
        return;
    // fewer than it once did is no limit but something else
    if (count < r->most_services)
        return;
    r->limit_met = r->services_limit == count ? r->limit_met + 1 : 1;
    r->services_limit = count;
    changed_weightily();
}

void cam_memory::note(const cam_identity& who, const ca_pmt_strategy& strategy, bool good) {
    auto* const r = learning(who);
    if (r == nullptr)
        return;
    auto& all = r->strategies;
    auto entry = std::ranges::find(all, strategy, &strategy_record::strategy);
    if (entry == all.end()) {
        all.insert(all.begin(), {.strategy = strategy});
        entry = all.begin();
        if (all.size() > most_strategies)
            all.pop_back();
    }
    std::rotate(all.begin(), entry, entry + 1);
    auto& record = all.front();
    const bool news = record.good != good || record.worked + record.failed == 0;
    ++(good ? record.worked : record.failed);
    record.good = good;
    ++changes_;
    if (news)
        ++weighty_changes_;
}

void cam_memory::strategy_worked(const cam_identity& who, const ca_pmt_strategy& strategy) {
    note(who, strategy, true);
}

void cam_memory::strategy_failed(const cam_identity& who, const ca_pmt_strategy& strategy) {
    note(who, strategy, false);
}

std::optional<ca_pmt_strategy> cam_memory::proven_strategy(const cam_identity& who) const {
    if (const auto* const r = find(who))
        for (const auto& entry : r->strategies)
            if (entry.good)
                return entry.strategy;
    return std::nullopt;
}

void cam_memory::improve(const cam_identity& who, cam_profile& profile) const {
    const auto* const r = find(who);
    // with a profile that somebody names for it, it is learned anew
    const bool as_pinned = r != nullptr && r->pinned && !r->pinned_profile;
    if (r == nullptr || (r->profile != profile.name && !as_pinned))
        return;
    if (const auto strategy = proven_strategy(who))
        put_strategy(*strategy, profile.ca_pmt);
    if (profile.ca_pmt.max_services == 0 && r->limit_met >= limit_believed)
        profile.ca_pmt.max_services = r->services_limit;
    // a module that often answers late is not taken for a dead one
    if (r->slowest_answer && *r->slowest_answer * 2 > profile.slot.dead_after)
        profile.slot.dead_after = std::min<duration>(*r->slowest_answer * 2, longest_patience);
    if (r->usual_clear)
        profile.recovery.usual_clear_time =
            std::max<duration>(profile.recovery.usual_clear_time, *r->usual_clear);
    if (r->usual_start && *r->usual_start * 3 > profile.supervision.start_up_patience)
        profile.supervision.start_up_patience = *r->usual_start * 3;
}

void cam_memory::seen_in(const std::string& place, const cam_identity& who) {
    const auto [entry, fresh] = places_.try_emplace(place, who);
    if (!fresh && entry->second == who)
        return;
    entry->second = who;
    changed_weightily();
    // receivers come and go with the configuration; those of today have told their modules since
    if (places_.size() > most_records)
        places_.erase(places_.begin()->first == place ? std::next(places_.begin())
                                                      : places_.begin());
}

std::optional<cam_identity> cam_memory::last_in(const std::string& place) const {
    const auto found = places_.find(place);
    return found == places_.end() ? std::nullopt : std::optional{found->second};
}

const cam_record* cam_memory::find(const cam_identity& who) const {
    const auto found = records_.find(who);
    return found == records_.end() ? nullptr : &found->second;
}

bool cam_memory::pin(const cam_identity& who, bool pinned, std::optional<std::string> profile) {
    const auto found = records_.find(who);
    if (found == records_.end())
        return false;
    found->second.pinned = pinned;
    found->second.pinned_profile = pinned ? std::move(profile) : std::nullopt;
    changed_weightily();
    return true;
}

bool cam_memory::forget(const cam_identity& who) {
    if (records_.erase(who) == 0)
        return false;
    std::erase_if(places_, [&](const auto& entry) { return entry.second == who; });
    changed_weightily();
    return true;
}

void cam_memory::learn_anew(const cam_identity& who, const std::string& profile, utc now) {
    records_[who] = cam_record{.who = who, .profile = profile, .last_seen = now};
    changed_weightily();
    make_room();
}

void cam_memory::restore(cam_record record) {
    auto who = record.who;
    records_.insert_or_assign(std::move(who), std::move(record));
    make_room();
}

void cam_memory::make_room() {
    while (records_.size() > most_records) {
        auto oldest = records_.end();
        for (auto r = records_.begin(); r != records_.end(); ++r)
            if (!r->second.pinned &&
                (oldest == records_.end() || r->second.last_seen < oldest->second.last_seen))
                oldest = r;
        if (oldest == records_.end())
            return;
        records_.erase(oldest);
    }
}

} // namespace cihost::policy
