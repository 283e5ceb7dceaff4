// SPDX-License-Identifier: LGPL-2.1-or-later
#include "policy/ca_pmt_plan.hpp"

#include "policy/ca_pmt_content.hpp"

#include <cihost/ts/ca_descriptor.hpp>

#include <algorithm>
#include <set>
#include <utility>

namespace cihost::policy {

using en50221::ca_pmt;

void ca_pmt_plan::want(std::uint16_t program_number, time_point now) {
    now_ = now;
    if (wanted_.insert(program_number).second)
        records_[program_number] = {.wanted_at = now};
}

void ca_pmt_plan::unwant(std::uint16_t program_number, time_point now) {
    now_ = now;
    wanted_.erase(program_number);
    records_.erase(program_number);
}

void ca_pmt_plan::use_systems(std::uint16_t program_number,
                              std::vector<std::uint16_t> ca_system_ids, time_point now) {
    now_ = now;
    if (const auto found = records_.find(program_number); found != records_.end())
        found->second.ca_system_ids = std::move(ca_system_ids);
}

void ca_pmt_plan::pmt_received(const ts::pmt& table, time_point now) {
    now_ = now;
    auto& known = services_[table.program_number];
    const bool is_new = known.changed_at == never;
    if (is_new || known.table != table)
        known = {table, now};
}

void ca_pmt_plan::pmt_gone(std::uint16_t program_number, time_point now) {
    now_ = now;
    services_.erase(program_number);
}

void ca_pmt_plan::retuned(time_point now) {
    now_ = now;
    services_.clear();
}

void ca_pmt_plan::ca_session_opened(std::uint16_t session_nb, time_point now) {
    now_ = now;
    sessions_[session_nb] = {.listed_at = now};
}

void ca_pmt_plan::ca_session_closed(std::uint16_t session_nb, time_point now) {
    now_ = now;
    sessions_.erase(session_nb);
}

void ca_pmt_plan::ca_info_received(std::uint16_t session_nb,
                                   std::vector<std::uint16_t> ca_system_ids, time_point now) {
    now_ = now;
    const auto found = sessions_.find(session_nb);
    if (found == sessions_.end())
        return;
    auto& s = found->second;
    if (s.listed) {
        s.repeated_at = now;
        if (s.ca_system_ids != ca_system_ids)
            renew(s);
    }
    // an empty list repeated does not start the patience anew
    if (!s.ca_system_ids.empty() || !ca_system_ids.empty())
        s.listed_at = now;
    if (!s.listed || s.ca_system_ids != ca_system_ids)
        s.settles_since = now;
    s.listed = true;
    s.ca_system_ids = std::move(ca_system_ids);
}

void ca_pmt_plan::ca_pmt_reply_received(const en50221::ca_pmt_reply& reply, time_point now) {
    now_ = now;
    if (const auto found = records_.find(reply.program_number); found != records_.end())
        found->second.reply = reply;
}

void ca_pmt_plan::module_lost(time_point now) {
    now_ = now;
    sessions_.clear();
    for (auto& [program_number, r] : records_) {
        r.reply.reset();
        r.content.reset();
    }
}

void ca_pmt_plan::use(const ca_pmt_settings& settings, bool anew, time_point now) {
    now_ = now;
    settings_ = settings;
    if (anew)
        for (auto& [session_nb, s] : sessions_)
            s.told.renew(now);
}

void ca_pmt_plan::tell_again(std::uint16_t program_number, std::optional<ca_pmt_change> how,
                             time_point now) {
    now_ = now;
    for (auto& [session_nb, s] : sessions_)
        s.told.tell_again(program_number, how);
}

bool ca_pmt_plan::comes_first(std::uint16_t program_number) const {
    return std::ranges::any_of(sessions_, [&](const auto& item) {
        const auto all = targets(item.second);
        return !all.empty() && all.front().program_number == program_number;
    });
}

bool ca_pmt_plan::begun_by_only(std::uint16_t program_number) const {
    return std::ranges::any_of(sessions_, [&](const auto& item) {
        const auto* const told = item.second.told.find(program_number);
        return told != nullptr && told->begun_by == en50221::list_management::only;
    });
}

bool ca_pmt_plan::use_content(std::uint16_t program_number,
                              const std::optional<ca_pmt_settings>& settings, time_point now) {
    now_ = now;
    const auto found = records_.find(program_number);
    if (found == records_.end())
        return false;
    found->second.content = settings;
    return std::ranges::any_of(sessions_, [&](const auto& item) {
        const auto* const told = item.second.told.find(program_number);
        const auto value = desired(item.second, program_number);
        return told != nullptr && value && !same_content(*value, told->value);
    });
}

bool ca_pmt_plan::usable(const session& s) const {
    return !s.ca_system_ids.empty() || now_ >= s.listed_at + settings_.ca_info_patience;
}

time_point ca_pmt_plan::renewal_due(const session& s) const {
    if (s.repeated_at == never || s.told.empty())
        return never;
    return s.renewed_at ? std::max(s.repeated_at, *s.renewed_at + settings_.renewal_pause)
                        : s.repeated_at;
}

/// What the module was told before its list came has to be told again.
void ca_pmt_plan::renew(session& s) {
    s.told.renew(s.repeated_at);
    s.renewed_at = now_;
    s.repeated_at = never;
}

std::optional<ca_pmt> ca_pmt_plan::desired(const session& s, std::uint16_t program_number) const {
    const auto found = services_.find(program_number);
    if (!wanted_.contains(program_number) || found == services_.end())
        return std::nullopt;
    const auto& who = records_.at(program_number);
    const auto& settings = who.content ? *who.content : settings_;
    const auto& systems = who.ca_system_ids;
    if (systems.empty())
        return ca_pmt_of(found->second.table, s.ca_system_ids, settings);
    auto used = systems;
    if (!s.ca_system_ids.empty())
        std::erase_if(used, [&](std::uint16_t id) {
            return std::ranges::find(s.ca_system_ids, id) == s.ca_system_ids.end();
        });
    // no CA system at all would be all of them
    return used.empty() ? std::nullopt : ca_pmt_of(found->second.table, used, settings);
}

std::vector<ca_pmt> ca_pmt_plan::targets(const session& s) const {
    std::vector<std::uint16_t> order{wanted_.begin(), wanted_.end()};
    std::ranges::stable_sort(order, {}, [&](std::uint16_t program_number) {
        return std::pair{!s.told.holds(program_number), records_.at(program_number).wanted_at};
    });
    std::vector<ca_pmt> all;
    // streams that services share take one of the module's places
    std::set<ts::pid_t> streams;
    for (const auto program_number : order) {
        auto value = desired(s, program_number);
        if (!value)
            continue;
        if (settings_.max_services > 0 && all.size() >= settings_.max_services)
            break;
        auto with_its_own = streams;
        for (const auto& stream : value->streams)
            with_its_own.insert(stream.elementary_pid);
        if (settings_.max_streams > 0 && with_its_own.size() > settings_.max_streams)
            continue;
        streams = std::move(with_its_own);
        all.push_back(std::move(*value));
    }
    return all;
}

bool ca_pmt_plan::is_target(const session& s, std::uint16_t program_number) const {
    return std::ranges::any_of(targets(s), [program_number](const ca_pmt& value) {
        return value.program_number == program_number;
    });
}

std::optional<ca_pmt> ca_pmt_plan::next_step(session& s) const {
    if (usable(s))
        return s.told.next(targets(s), settings_, s.ca_system_ids.empty(), now_);
    // without a card the module still has to forget what is not wanted any more
    std::set<std::uint16_t> keeps;
    for (const auto program_number : wanted_)
        if (desired(s, program_number))
            keeps.insert(program_number);
    return s.told.next_withdrawal(keeps, settings_.withdrawal);
}

time_point ca_pmt_plan::ready_at(const session& s) const {
    if (s.told.list_under_way())
        return time_point::min();
    const auto settled =
        s.settles_since == never ? time_point::min() : s.settles_since + settings_.settle;
    return s.last_sent ? std::max(*s.last_sent + settings_.pace, settled) : settled;
}

time_point ca_pmt_plan::deadline() const {
    auto earliest = never;
    for (const auto& [session_nb, s] : sessions_) {
        earliest = std::min(earliest, renewal_due(s));
        if (!usable(s))
            earliest = std::min(earliest, s.listed_at + settings_.ca_info_patience);
        if (auto trial = s; next_step(trial))
            earliest = std::min(earliest, ready_at(s));
    }
    return earliest;
}

std::optional<outgoing_ca_pmt> ca_pmt_plan::next(time_point now) {
    now_ = now;
    for (auto& [session_nb, s] : sessions_) {
        if (now >= renewal_due(s))
            renew(s);
        if (now < ready_at(s))
            continue;
        auto value = next_step(s);
        if (!value)
            continue;
        s.last_sent = now;
        if (const auto r = records_.find(value->program_number); r != records_.end())
            ++r->second.ca_pmts_sent;
        return outgoing_ca_pmt{session_nb, std::move(*value)};
    }
    return std::nullopt;
}

std::optional<service_status> ca_pmt_plan::status(std::uint16_t program_number) const {
    const auto found = records_.find(program_number);
    if (found == records_.end())
        return std::nullopt;
    const auto& r = found->second;
    service_status result;
    result.wanted_at = r.wanted_at;
    result.ca_pmts_sent = r.ca_pmts_sent;
    result.reply = r.reply;

    const auto known = services_.find(program_number);
    if (known == services_.end())
        return result;
    result.pmt_at = known->second.changed_at;
    if (!ts::has_ca_descriptors(known->second.table)) {
        result.phase = service_phase::free_to_air;
        return result;
    }
    // the furthest that any session has come
    result.phase = service_phase::no_module;
    for (const auto& [session_nb, s] : sessions_) {
        auto phase = service_phase::module_starting;
        if (const auto* const told = s.told.find(program_number)) {
            phase = service_phase::requested;
            result.unfiltered = result.unfiltered || told->unfiltered;
            result.requested_at = result.requested_at == never
                                      ? told->requested_at
                                      : std::max(result.requested_at, told->requested_at);
            result.ca_system_ids = systems_of(told->value);
        } else if (usable(s)) {
            phase = !desired(s, program_number)    ? service_phase::no_common_ca_system
                    : is_target(s, program_number) ? service_phase::queued
                                                   : service_phase::over_capacity;
        }
        result.phase = std::max(result.phase, phase);
    }
    return result;
}

bool ca_pmt_plan::unfiltered() const {
    return std::ranges::any_of(sessions_, [&](const auto& item) {
        return item.second.ca_system_ids.empty() && usable(item.second);
    });
}

std::optional<std::vector<std::uint16_t>> ca_pmt_plan::ca_system_ids() const {
    std::optional<std::vector<std::uint16_t>> all;
    for (const auto& [session_nb, s] : sessions_) {
        if (!s.listed)
            continue;
        if (!all)
            all.emplace();
        for (const auto id : s.ca_system_ids)
            if (std::ranges::find(*all, id) == all->end())
                all->push_back(id);
    }
    return all;
}

} // namespace cihost::policy
