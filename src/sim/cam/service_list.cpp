// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/cam/service_list.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <utility>

namespace cihost::sim {

namespace {

using obedience = ca_pmt_behaviour::obedience;

} // namespace

const char* service_list::reason_to_ignore(const ca_pmt_object& object) const {
    const bool withdraws = object.command() == ca_pmt_command::not_selected;
    switch (object.list) {
    case list_management::only:
        return behaviour_.only == obedience::ignored ? "only is not obeyed" : nullptr;
    case list_management::add:
        if (behaviour_.add == obedience::ignored)
            return "add is not obeyed";
        return behaviour_.add == obedience::partly && services_.contains(object.program_number)
                   ? "add of a service that is there"
                   : nullptr;
    case list_management::update:
        if (behaviour_.update == obedience::ignored)
            return "update is not obeyed";
        return behaviour_.update == obedience::partly && !withdraws ? "update changes nothing"
                                                                    : nullptr;
    default:
        return nullptr;
    }
}

void service_list::deselect(std::uint16_t program_number, time_point now) {
    const auto before = services_.size();
    drop(program_number, "not selected", now);
    if (behaviour_.last_but_one_stops_all && before == 2 && services_.size() == 1)
        drop(services_.begin()->first, "last but one not selected", now);
}

void service_list::apply(const ca_pmt_object& object, time_point now) {
    if (const auto* reason = reason_to_ignore(object);
        reason != nullptr && object.command() != ca_pmt_command::query) {
        log_.write(now, "ca_pmt_ignored", {{"program", object.program_number}, {"reason", reason}});
        return;
    }
    if (!manage_list(object, now))
        return;
    const auto command = object.command();
    if (command == ca_pmt_command::query)
        return; // asks, and leaves the service as it is
    if (command == ca_pmt_command::not_selected)
        deselect(object.program_number, now);
    else if (behaviour_.minds_version && services_.contains(object.program_number) &&
             versions_.at(object.program_number) == object.version)
        log_.write(now, "ca_pmt_ignored",
                   {{"program", object.program_number}, {"reason", "the version is known"}});
    else
        set(object, now);
}

bool service_list::manage_list(const ca_pmt_object& object, time_point now) {
    const bool continues =
        object.list == list_management::more || object.list == list_management::last;
    if (continues != list_under_way_)
        log_.violation(now,
                       continues ? "ca_pmt list continued without a first"
                                 : "ca_pmt list not ended by a last",
                       {{"program", object.program_number}, {"list", to_text(object.list)}});
    list_under_way_ = object.list == list_management::first ||
                      (continues && object.list == list_management::more);

    if (object.list == list_management::only || object.list == list_management::first)
        drop_others(object.program_number,
                    object.list == list_management::only ? "list management only"
                                                         : "list management first",
                    now);
    if (object.list == list_management::update && services_.count(object.program_number) == 0 &&
        object.command() != ca_pmt_command::query) {
        log_.write(
            now, "ca_pmt_ignored",
            {{"program", object.program_number}, {"reason", "update of an unknown service"}});
        return false;
    }
    return true;
}

void service_list::drop_others(std::uint16_t program_number, const char* reason, time_point now) {
    for (auto entry = services_.begin(); entry != services_.end();) {
        const auto [other, has] = std::pair{entry->first, !entry->second.empty()};
        if (other == program_number) {
            ++entry;
            continue;
        }
        entry = services_.erase(entry);
        if (has)
            write_dropped(other, reason, now);
    }
}

void service_list::drop(std::uint16_t program_number, const char* reason, time_point now) {
    const auto entry = services_.find(program_number);
    if (entry == services_.end())
        return;
    const bool enabled = !entry->second.empty();
    services_.erase(entry);
    if (enabled)
        write_dropped(program_number, reason, now);
}

void service_list::set(const ca_pmt_object& object, time_point now) {
    streams enabled;
    for (const auto& s : object.streams)
        if (object.command_of(s) == ca_pmt_command::ok_descrambling)
            if (auto ecm_pids = usable_ecm_pids(object, s); !ecm_pids.empty())
                enabled.push_back({s.elementary_pid, std::move(ecm_pids)});

    versions_[object.program_number] = object.version;
    auto& known = services_[object.program_number];
    const bool was_enabled = !known.empty();
    const bool changed = known != enabled;
    known = std::move(enabled);
    if (!known.empty()) {
        boost::json::array pids;
        for (const auto& s : known)
            pids.emplace_back(s.elementary_pid);
        if (changed)
            log_.write(now, "service_enabled",
                       {{"program", object.program_number}, {"elementary_pids", std::move(pids)}});
        return;
    }
    const auto* reason = object.command() == ca_pmt_command::ok_mmi ? "ok_mmi does not descramble"
                                                                    : "no usable CA descriptor";
    if (was_enabled)
        write_dropped(object.program_number, reason, now);
    else
        log_.write(now, "service_not_enabled",
                   {{"program", object.program_number}, {"reason", reason}});
}

void service_list::clear(const char* reason, time_point now) {
    for (const auto& [program_number, enabled] : std::exchange(services_, {}))
        if (!enabled.empty())
            write_dropped(program_number, reason, now);
    list_under_way_ = false;
}

std::vector<selected_service> service_list::selected() const {
    std::vector<selected_service> result;
    for (const auto& [program_number, enabled] : services_)
        if (!enabled.empty())
            result.push_back({program_number, enabled});
    return result;
}

std::vector<std::uint16_t> service_list::usable_ecm_pids(const ca_pmt_object& object,
                                                         const ca_pmt_object::stream& s) const {
    std::vector<std::uint16_t> result;
    const auto& descriptors =
        behaviour_.programme_level_only ? object.programme.descriptors : object.descriptors_of(s);
    for (const auto& d : descriptors) {
        const bool ours = std::find(ca_system_ids_.begin(), ca_system_ids_.end(), d.ca_system_id) !=
                          ca_system_ids_.end();
        const bool names_a_pid = d.ca_pid != 0x0000 && d.ca_pid != 0x1FFF;
        const bool is_new = std::find(result.begin(), result.end(), d.ca_pid) == result.end();
        if (ours && names_a_pid && is_new)
            result.push_back(d.ca_pid);
    }
    return result;
}

void service_list::write_dropped(std::uint16_t program_number, const char* reason, time_point now) {
    log_.write(now, "service_dropped", {{"program", program_number}, {"reason", reason}});
}

} // namespace cihost::sim
