// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/service_finder.hpp"

#include "daemon/service_lookup.hpp"

#include <algorithm>
#include <utility>

namespace cihost::daemon {
namespace {

bool is_finished(const runtime::recording_report& r) {
    return r.state == "stopped" || r.state == "failed";
}

std::string name_of(const runtime::receiver_report& report, std::uint16_t program_number) {
    for (const auto& s : report.services)
        if (s.program_number == program_number && !s.name.empty())
            return s.name;
    return "service " + std::to_string(program_number);
}

} // namespace

service_finder::service_finder(receiver_set& receivers, std::vector<device::channel> channels,
                               duration idle_after)
    : receivers_{receivers}
    , channels_{std::move(channels)}
    , pool_{idle_after} {}

std::vector<const device::channel*> service_finder::listed(const service_ref& service) const {
    const auto select = [this](auto matches) {
        std::vector<const device::channel*> found;
        for (const auto& c : channels_)
            if (matches(c))
                found.push_back(&c);
        return found;
    };
    if (const auto* const number = std::get_if<std::uint16_t>(&service))
        return select([&](const auto& c) { return c.program_number == *number; });
    const auto& name = std::get<std::string>(service);
    auto found = select([&](const auto& c) { return c.name == name; });
    if (found.empty())
        found = select([&](const auto& c) { return same_but_for_case(c.name, name); });
    return found;
}

/// A number is taken at its word by a receiver that knows no services yet: not by one that is idle,
/// unplugged, or on another multiplex than the list says.
bool service_finder::is_good(const receiver_set::location& there,
                             const std::vector<const device::channel*>& channels) {
    const auto report = there.where->port->report();
    const bool received = std::ranges::any_of(report.services, [&](const auto& s) {
        return s.in_multiplex && s.program_number == there.program_number;
    });
    if (channels.empty())
        return there.where->fixed || report.tuning || received;
    if (!there.where->present || report.state == "absent" || !report.tuning)
        return false;
    return received || std::ranges::any_of(channels, [&](const auto* c) {
               return device::same_multiplex(c->tuning, *report.tuning);
           });
}

receiver_set::location service_finder::find(const service_ref& service,
                                            const std::optional<std::string>& receiver) {
    const auto channels = listed(service);
    try {
        const auto there = receivers_.find(service, receiver);
        if (is_good(there, channels))
            return there;
        if (channels.empty())
            throw rpc_error{rpc_code::not_found, "Service " + to_string(service) +
                                                     " is not in the channel list, and receiver '" +
                                                     there.where->name +
                                                     "' is not tuned to anything."};
    } catch (const rpc_error& e) {
        if (e.code() != rpc_code::not_found || channels.empty())
            throw;
    }
    // a number says nothing without its network
    const auto elsewhere = [&](const auto* c) {
        return !device::same_multiplex(c->tuning, channels.front()->tuning);
    };
    if (std::holds_alternative<std::uint16_t>(service) &&
        std::ranges::any_of(channels, elsewhere)) {
        std::string names;
        for (const auto* const c : channels)
            names += (names.empty() ? "" : ", ") + c->name;
        throw rpc_error{rpc_code::not_found, "The channel list has service " + to_string(service) +
                                                 " more than once: " + names + ". Say its name."};
    }
    for (std::size_t i = 0; i + 1 < channels.size(); ++i)
        try {
            return tune(*channels[i], receiver);
        } catch (const rpc_error& e) {
            if (e.code() != rpc_code::conflict)
                throw;
        }
    return tune(*channels.back(), receiver);
}

pool_member service_finder::describe(const receiver_set::member& m,
                                     const std::vector<set_recording>& recordings) const {
    const auto report = m.port->report();
    pool_member value;
    value.name = m.name;
    value.fixed = m.fixed;
    value.present = m.present && report.state != "absent";
    value.tuning = report.tuning;
    value.systems = m.systems;
    value.led = report.led_by_slot.has_value();
    std::vector<std::uint16_t> recorded;
    for (const auto& r : recordings) {
        if (r.receiver != m.name || is_finished(r.report))
            continue;
        recorded.push_back(r.report.program_number);
        value.holders.push_back("recording " + std::to_string(r.report.id) + " of " +
                                name_of(report, r.report.program_number));
    }
    for (const auto& s : report.services)
        if (m.fixed && s.wanted && s.in_multiplex &&
            std::ranges::find(recorded, s.program_number) == recorded.end())
            value.holders.push_back("the configured service " + name_of(report, s.program_number));
    return value;
}

receiver_set::location service_finder::tune(const device::channel& wanted,
                                            const std::optional<std::string>& receiver) {
    const auto recordings = receivers_.recordings();
    std::vector<receiver_set::member*> members;
    std::vector<pool_member> candidates;
    for (auto* const m : receivers_.named_or_all(receiver)) {
        members.push_back(m);
        candidates.push_back(describe(*m, recordings));
    }
    const auto made = pool_.choose(candidates, wanted);
    if (const auto* const why = std::get_if<std::string>(&made))
        throw rpc_error{rpc_code::conflict, *why};
    const auto& choice = std::get<tuner_pool::choice>(made);
    auto* const where = members[choice.member];
    if (choice.tune)
        where->port->tune(wanted.tuning);
    return {where, wanted.program_number, wanted.name};
}

std::vector<device::tuning> service_finder::multiplexes_of(std::uint16_t service_id,
                                                           std::size_t member) const {
    const auto& systems = receivers_.members()[member].systems;
    std::vector<device::tuning> all;
    for (const auto* const c : listed(service_ref{service_id}))
        if (can_receive(systems, c->tuning.system) &&
            std::ranges::none_of(
                all, [&](const auto& known) { return device::same_multiplex(known, c->tuning); }))
            all.push_back(c->tuning);
    return all;
}

void service_finder::release(time_point now) {
    const auto recordings = receivers_.recordings();
    std::vector<pool_member> all;
    for (const auto& m : receivers_.members())
        all.push_back(describe(m, recordings));
    for (const auto i : pool_.released(all, now))
        receivers_.members()[i].port->tune(std::nullopt);
}

} // namespace cihost::daemon
