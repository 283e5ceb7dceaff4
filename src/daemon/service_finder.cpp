// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/service_finder.hpp"

#include "base/suggestion.hpp"
#include "daemon/ambiguous_service.hpp"
#include "daemon/service_lookup.hpp"

#include <algorithm>
#include <utility>

namespace cihost::daemon {
service_finder::service_finder(receiver_set& receivers, std::vector<device::channel> channels,
                               duration idle_after, plan_settings settings)
    : receivers_{receivers}
    , channels_{std::move(channels)}
    , idle_after_{idle_after}
    , pool_{idle_after}
    , plan_{receivers, std::move(settings)} {}

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
                                            const std::optional<std::string>& receiver,
                                            bool viewer) {
    const auto channels = listed(service);
    try {
        const auto there = receivers_.find(service, receiver);
        if (is_good(there, channels)) {
            refuse_what_stays_scrambled(there);
            return best_place(there, receiver, viewer);
        }
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
        std::vector<std::string> names;
        for (const auto* const c : channels)
            names.push_back(c->name);
        names = distinct(std::move(names));
        std::vector<ambiguous_service::choice> choices;
        for (const auto& name : names)
            choices.push_back({name, receiver});
        throw ambiguous_service{"The channel list has service " + to_string(service) +
                                    " more than once: " + join(names) + ". Say its name.",
                                std::move(choices)};
    }
    for (std::size_t i = 0; i + 1 < channels.size(); ++i)
        try {
            return tune(*channels[i], receiver, viewer);
        } catch (const rpc_error& e) {
            if (e.code() != rpc_code::conflict)
                throw;
        }
    return tune(*channels.back(), receiver, viewer);
}

std::string service_finder::may_stay_scrambled(const receiver_set::location& there) const {
    const auto report = there.where->port->report();
    for (const auto* s : find_services(report.services, service_ref{there.program_number}))
        if (s->scrambled_now == false)
            return {};
    const auto* const rule = plan_.rule_against(there);
    return rule == nullptr
               ? ""
               : "Service " + std::to_string(there.program_number) + " is left scrambled by " +
                     policy::name_of(policy::rule_effect{rule, "descramble = false"}) +
                     ", and a recording begins only with packets "
                     "in the clear.";
}

/// One that is in the clear for the time being may be recorded.
void service_finder::refuse_what_stays_scrambled(const receiver_set::location& there) const {
    const auto report = there.where->port->report();
    for (const auto* s : find_services(report.services, service_ref{there.program_number}))
        if (s->scrambled_now == true)
            if (auto why = may_stay_scrambled(there); !why.empty())
                throw rpc_error{rpc_code::conflict,
                                why + " Change the rule, or wait until the broadcast is clear."};
}

pool_member service_finder::describe(const receiver_set::member& m,
                                     const std::vector<set_recording>& recordings) const {
    const auto report = m.port->report();
    pool_member value;
    value.fixed = m.fixed;
    value.tuned = report.tuning.has_value();
    value.led = report.led_by_slot.has_value();
    value.held = !m.viewers.empty() || std::ranges::any_of(recordings, [&](const auto& r) {
        return r.receiver == m.name && !is_finished(r.report);
    });
    return value;
}

/// There, or where a module for it is.
receiver_set::location service_finder::best_place(const receiver_set::location& there,
                                                  const std::optional<std::string>& receiver,
                                                  bool viewer) {
    const auto report = there.where->port->report();
    if (!report.tuning)
        return there;
    const auto found = plan_.place(
        {there.program_number, there.service_name, *report.tuning, receiver, false, viewer});
    if (found.member == nullptr)
        return there;
    if (found.tune)
        found.member->port->tune(*report.tuning);
    return {found.member, there.program_number, there.service_name};
}

receiver_set::location service_finder::tune(const device::channel& wanted,
                                            const std::optional<std::string>& receiver,
                                            bool viewer) {
    receivers_.named_or_all(receiver); // a name of nobody's is refused
    service_plan::request request{
        wanted.program_number, wanted.name, wanted.tuning, receiver, false, viewer};
    auto found = plan_.place(request);
    if (found.member == nullptr) {
        request.scrambled_too = true;
        found = plan_.place(request);
    }
    if (found.member == nullptr) {
        std::string why;
        for (const auto& obstacle : found.obstacles)
            why += (why.empty() ? "" : "; ") + obstacle;
        throw rpc_error{rpc_code::conflict, "No receiver is free for '" + wanted.name + "' (" +
                                                device::describe(wanted.tuning) + "): " +
                                                (why.empty() ? "there is none at all" : why) + "."};
    }
    if (found.tune)
        found.member->port->tune(wanted.tuning);
    return {found.member, wanted.program_number, wanted.name};
}

std::vector<device::tuning> service_finder::multiplexes_of(std::uint16_t service_id,
                                                           const std::string& receiver) const {
    const auto& systems = receivers_.named_or_all(receiver).front()->systems;
    std::vector<device::tuning> all;
    for (const auto* const c : listed(service_ref{service_id}))
        if (can_receive(systems, c->tuning.system) &&
            std::ranges::none_of(
                all, [&](const auto& known) { return device::same_multiplex(known, c->tuning); }))
            all.push_back(c->tuning);
    return all;
}

void service_finder::use(std::vector<device::channel> channels, duration idle_after,
                         plan_settings settings) {
    channels_ = std::move(channels);
    idle_after_ = idle_after;
    pool_ = tuner_pool{idle_after};
    plan_.use(std::move(settings));
}

/// It tells them by their places.
void service_finder::receivers_left() { pool_ = tuner_pool{idle_after_}; }

void service_finder::release(time_point now) {
    plan_.remember();
    const auto recordings = receivers_.recordings();
    std::vector<pool_member> all;
    for (const auto& m : receivers_.members())
        all.push_back(describe(m, recordings));
    for (const auto i : pool_.released(all, now))
        receivers_.members()[i].port->tune(std::nullopt);
}

} // namespace cihost::daemon
