// SPDX-License-Identifier: LGPL-2.1-or-later
#include "policy/ca_pmt_list.hpp"

#include "policy/ca_pmt_content.hpp"

#include <algorithm>
#include <utility>

namespace cihost::policy {

using en50221::ca_pmt;
using en50221::ca_pmt_command;
using en50221::list_management;

const ca_pmt_list::entry* ca_pmt_list::find(std::uint16_t program_number) const {
    const auto found = told_.find(program_number);
    return found == told_.end() ? nullptr : &found->second;
}

void ca_pmt_list::renew(time_point then) {
    for (auto& [program_number, told] : told_)
        if (told.requested_at <= then)
            told.stale = true;
}

void ca_pmt_list::tell_again(std::uint16_t program_number, std::optional<ca_pmt_change> how) {
    if (const auto found = told_.find(program_number); found != told_.end()) {
        found->second.stale = true;
        found->second.stale_by = how;
    }
}

ca_pmt ca_pmt_list::tell(ca_pmt value, list_management list, bool unfiltered, time_point now) {
    renumber(value);
    value.list = list;
    const auto* const before = find(value.program_number);
    const auto begun_by = before != nullptr ? before->begun_by : list;
    replaced_.erase(value.program_number);
    told_[value.program_number] = {value, now, unfiltered, begun_by};
    return value;
}

ca_pmt ca_pmt_list::tell_all(services all, bool unfiltered, time_point now) {
    for (auto& value : all)
        renumber(value);
    told_.clear();
    replaced_.clear();
    for (std::size_t i = 0; i < all.size(); ++i) {
        const auto list = all.size() == 1       ? list_management::only
                          : i == 0              ? list_management::first
                          : i + 1 == all.size() ? list_management::last
                                                : list_management::more;
        rest_.push_back(tell(std::move(all[i]), list, unfiltered, now));
    }
    return next_of_list();
}

ca_pmt ca_pmt_list::next_of_list() {
    auto value = std::move(rest_.front());
    rest_.pop_front();
    return value;
}

ca_pmt ca_pmt_list::withdraw(std::uint16_t program_number, ca_pmt_withdrawal how) {
    auto value = std::move(told_.at(program_number).value);
    told_.erase(program_number);
    value.list = how == ca_pmt_withdrawal::add ? list_management::add : list_management::update;
    value.command = ca_pmt_command::not_selected;
    return value;
}

/// Modules may pass over a version that they know. Broadcasters change a PMT without a new one, and
/// what is told again is to be read again; what is not told anew keeps the version it was told.
void ca_pmt_list::renumber(ca_pmt& value) const {
    const auto* const told = find(value.program_number);
    if (told == nullptr)
        return;
    if (!told->stale && same_content(value, told->value))
        value.version = told->value.version;
    else if (value.version == told->value.version)
        value.version = (value.version + 1) & 0x1F;
}

std::optional<ca_pmt> ca_pmt_list::next_change(const services& targets,
                                               const ca_pmt_settings& settings, bool unfiltered,
                                               time_point now) {
    for (const auto& target : targets) {
        const auto* const told = find(target.program_number);
        if (told == nullptr)
            continue;
        const bool differs = !same_content(target, told->value);
        if (!differs && !told->stale)
            continue;
        const auto change = told->stale_by.value_or(settings.change);
        if ((differs || told->stale_by) && change == ca_pmt_change::replace) {
            replaced_.insert(target.program_number);
            return withdraw(target.program_number, settings.withdrawal);
        }
        if (change != ca_pmt_change::add)
            return tell(target, list_management::update, unfiltered, now);
        if (settings.listing != ca_pmt_listing::whole_list)
            return tell(target, list_management::add, unfiltered, now);
        return tell_all(targets, unfiltered, now);
    }
    return std::nullopt;
}

std::optional<ca_pmt> ca_pmt_list::next_withdrawal(const std::set<std::uint16_t>& keeps,
                                                   ca_pmt_withdrawal how) {
    if (!rest_.empty())
        return next_of_list();
    std::erase_if(replaced_, [&](auto program_number) { return !keeps.contains(program_number); });
    for (const auto& [program_number, told] : told_)
        if (!keeps.contains(program_number))
            return withdraw(program_number, how);
    return std::nullopt;
}

std::optional<ca_pmt> ca_pmt_list::next(const services& targets, const ca_pmt_settings& settings,
                                        bool unfiltered, time_point now) {
    if (!rest_.empty())
        return next_of_list();
    std::set<std::uint16_t> wanted;
    const ca_pmt* fresh = nullptr;
    services running;
    for (const auto& target : targets) {
        wanted.insert(target.program_number);
        if (find(target.program_number) != nullptr)
            running.push_back(target);
        else if (fresh == nullptr)
            fresh = &target;
    }
    // a list says what changed as well, except to modules that need more than to be told
    const bool list_due = fresh != nullptr && settings.listing == ca_pmt_listing::whole_list;
    if (list_due && settings.change != ca_pmt_change::replace)
        return tell_all(targets, unfiltered, now);
    if (auto value = next_change(targets, settings, unfiltered, now))
        return value;
    if (list_due)
        return tell_all(targets, unfiltered, now);

    // ONLY replaces what is no longer wanted in the same breath: a zap costs one object
    if (fresh != nullptr && running.empty() && settings.listing == ca_pmt_listing::only_then_add &&
        !replaced_.contains(fresh->program_number)) {
        told_.clear();
        replaced_.clear();
        return tell(*fresh, list_management::only, unfiltered, now);
    }
    // make room first: the module may be at its limit
    const bool something_to_withdraw = running.size() < told_.size();
    const bool by_list =
        settings.withdrawal == ca_pmt_withdrawal::whole_list
            ? !running.empty()
            : settings.withdrawal == ca_pmt_withdrawal::last_by_only && running.size() == 1;
    if (something_to_withdraw && by_list)
        return tell_all(std::move(running), unfiltered, now);
    if (auto value = next_withdrawal(wanted, settings.withdrawal))
        return value;
    if (fresh != nullptr)
        return tell(*fresh, list_management::add, unfiltered, now);
    return std::nullopt;
}

} // namespace cihost::policy
