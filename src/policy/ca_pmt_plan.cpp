// SPDX-License-Identifier: LGPL-2.1-or-later
#include "policy/ca_pmt_plan.hpp"

#include <cihost/ts/ca_descriptor.hpp>

#include <algorithm>
#include <utility>

namespace cihost::policy {
namespace {

using en50221::ca_pmt;
using en50221::ca_pmt_command;
using en50221::list_management;

std::vector<ts::ca_descriptor> filtered(const ts::descriptor_list& loop,
                                        const std::vector<std::uint16_t>& ca_system_ids) {
    auto descriptors = ts::ca_descriptors(loop);
    if (!ca_system_ids.empty()) {
        std::erase_if(descriptors, [&](const ts::ca_descriptor& d) {
            return std::ranges::find(ca_system_ids, d.ca_system_id) == ca_system_ids.end();
        });
    }
    return descriptors;
}

bool descrambles_nothing(const ca_pmt& value) {
    return value.ca_descriptors.empty() && std::ranges::all_of(value.streams, [](const auto& s) {
               return s.ca_descriptors.empty();
           });
}

/// Equal for the module: neither version nor list management makes a difference to it.
bool same_content(const ca_pmt& a, const ca_pmt& b) {
    return a.ca_descriptors == b.ca_descriptors && a.streams == b.streams;
}

std::vector<std::uint16_t> systems_of(const ca_pmt& value) {
    std::vector<std::uint16_t> ids;
    const auto collect = [&](const std::vector<ts::ca_descriptor>& loop) {
        for (const auto& d : loop)
            if (std::ranges::find(ids, d.ca_system_id) == ids.end())
                ids.push_back(d.ca_system_id);
    };
    collect(value.ca_descriptors);
    for (const auto& s : value.streams)
        collect(s.ca_descriptors);
    return ids;
}

} // namespace

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
    for (auto& [program_number, r] : records_)
        r.reply.reset();
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
    for (auto& [program_number, told] : s.told)
        if (told.requested_at <= s.repeated_at)
            told.stale = true;
    s.renewed_at = now_;
    s.repeated_at = never;
}

std::optional<ca_pmt> ca_pmt_plan::desired(const session& s, std::uint16_t program_number) const {
    const auto found = services_.find(program_number);
    if (!wanted_.contains(program_number) || found == services_.end())
        return std::nullopt;
    const auto& table = found->second.table;
    ca_pmt value;
    value.program_number = program_number;
    value.version = table.version;
    value.ca_descriptors = filtered(table.program_info, s.ca_system_ids);
    for (const auto& stream : table.streams)
        value.streams.push_back({stream.stream_type, stream.elementary_pid,
                                 filtered(stream.descriptors, s.ca_system_ids)});
    if (descrambles_nothing(value))
        return std::nullopt;
    return value;
}

std::optional<ca_pmt> ca_pmt_plan::next_update(session& s) const {
    for (auto& [program_number, told] : s.told) {
        auto value = desired(s, program_number);
        if (!value || (!told.stale && same_content(*value, told.value)))
            continue;
        value->list = list_management::update;
        told = {*value, now_, s.ca_system_ids.empty()};
        return value;
    }
    return std::nullopt;
}

std::optional<ca_pmt> ca_pmt_plan::next_new(session& s, list_management list) const {
    // in the order in which they were wanted
    std::optional<ca_pmt> first;
    time_point first_wanted = never;
    for (const auto program_number : wanted_) {
        const auto wanted_at = records_.at(program_number).wanted_at;
        if (s.told.contains(program_number) || wanted_at >= first_wanted)
            continue;
        if (auto value = desired(s, program_number)) {
            first = std::move(value);
            first_wanted = wanted_at;
        }
    }
    if (!first)
        return std::nullopt;
    first->list = list;
    if (list == list_management::only)
        s.told.clear();
    s.told[first->program_number] = {*first, now_, s.ca_system_ids.empty()};
    return first;
}

std::optional<ca_pmt> ca_pmt_plan::next_withdrawal(session& s) const {
    for (auto it = s.told.begin(); it != s.told.end(); ++it) {
        if (desired(s, it->first))
            continue;
        auto value = it->second.value;
        value.list = list_management::update;
        value.command = ca_pmt_command::not_selected;
        s.told.erase(it);
        return value;
    }
    return std::nullopt;
}

std::optional<ca_pmt> ca_pmt_plan::next_step(session& s) const {
    // without a card the module still has to forget what is not wanted any more
    if (!usable(s))
        return next_withdrawal(s);
    if (auto value = next_update(s))
        return value;
    // ONLY replaces what is no longer wanted in the same breath: a zap costs one object
    const bool nothing_running = std::ranges::none_of(
        s.told, [&](const auto& item) { return desired(s, item.first).has_value(); });
    if (nothing_running)
        if (auto value = next_new(s, list_management::only))
            return value;
    // make room first: the module may be at its limit
    if (auto value = next_withdrawal(s))
        return value;
    return next_new(s, list_management::add);
}

time_point ca_pmt_plan::ready_at(const session& s) const {
    return s.last_sent ? *s.last_sent + settings_.pace : time_point::min();
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
        if (const auto told = s.told.find(program_number); told != s.told.end()) {
            phase = service_phase::requested;
            result.unfiltered = result.unfiltered || told->second.unfiltered;
            result.requested_at = result.requested_at == never
                                      ? told->second.requested_at
                                      : std::max(result.requested_at, told->second.requested_at);
            result.ca_system_ids = systems_of(told->second.value);
        } else if (usable(s)) {
            phase = desired(s, program_number) ? service_phase::queued
                                               : service_phase::no_common_ca_system;
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
