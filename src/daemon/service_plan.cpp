// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/service_plan.hpp"

#include "daemon/tuner_pool.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

namespace cihost::daemon {
namespace {

/// Services that are remembered: all of a well filled orbital position.
constexpr std::size_t most_known = 4000;

const runtime::service_report* find_program(const runtime::receiver_report& report,
                                            std::uint16_t program_number) {
    const auto it = std::ranges::find(report.services, program_number,
                                      &runtime::service_report::program_number);
    return it == report.services.end() ? nullptr : &*it;
}

policy::assignment_cam cam_of(const runtime::cam_report& r) {
    policy::assignment_cam cam;
    cam.slot = r.slot;
    if (r.application)
        cam.name = r.application->menu_string;
    cam.unusable = r.unusable;
    if (!r.ca_system_ids.empty())
        cam.ca_system_ids = r.ca_system_ids;
    cam.takes_all = r.takes_all;
    cam.waits_for_answer = r.waits_for_answer;
    cam.max_services = r.max_services;
    cam.max_streams = r.max_streams;
    return cam;
}

/// It is there, or could be tuned there.
bool comes_to(const receiver_set::member& m, const runtime::receiver_report& report,
              const device::tuning& where) {
    if (m.fixed)
        return !report.tuning || device::same_multiplex(*report.tuning, where);
    return can_receive(m.systems, where.system);
}

/// What somebody wants: the recording's own number first, then the service.
std::string label_of(const plan_line& line) {
    const auto service =
        line.name.empty() ? "service " + std::to_string(line.program_number) : line.name;
    if (line.recording)
        return "recording " + std::to_string(*line.recording) + " of " + service;
    if (line.kind == "viewer")
        return "a viewer of " + service;
    return (line.kind == "module" ? "a module's wish for " : "the configured service ") + service;
}

} // namespace

std::size_t service_plan::multiplex_of(snapshot& now, const device::tuning& where) {
    const auto it = std::ranges::find_if(now.multiplexes, [&](const device::tuning& known) {
        return device::same_multiplex(known, where);
    });
    if (it != now.multiplexes.end())
        return static_cast<std::size_t>(it - now.multiplexes.begin());
    now.multiplexes.push_back(where);
    now.question.multiplexes.emplace_back(device::name(where.system));
    return now.multiplexes.size() - 1;
}

void service_plan::add_receiver(snapshot& now, const receiver_set::member& m,
                                const runtime::receiver_report& report) const {
    policy::assignment_receiver r;
    r.name = m.name;
    r.fixed = m.fixed;
    r.present = m.present && !m.retired && report.state != "absent";
    if (report.tuning)
        r.multiplex = multiplex_of(now, *report.tuning);
    for (const auto& cam : report.cams)
        r.cams.push_back(cam_of(cam));
    now.question.receivers.push_back(std::move(r));
}

const service_plan::known_service* service_plan::recall(const device::tuning& where,
                                                        std::uint16_t program_number) const {
    const auto it = std::ranges::find_if(known_, [&](const known_service& k) {
        return k.program_number == program_number && device::same_multiplex(k.where, where);
    });
    return it == known_.end() ? nullptr : &*it;
}

std::optional<service_plan::known_service> service_plan::known(const device::tuning& where,
                                                               std::uint16_t program_number) const {
    for (const auto& m : receivers_.members()) {
        const auto report = m.port->report();
        if (!report.tuning || !device::same_multiplex(*report.tuning, where))
            continue;
        const auto* const s = find_program(report, program_number);
        if (s != nullptr && s->in_multiplex && s->pmt_complete_at)
            return known_service{where, program_number, s->provider, s->ca_system_ids, s->streams};
    }
    const auto* const before = recall(where, program_number);
    return before != nullptr ? std::optional{*before} : std::nullopt;
}

policy::assignment_wish service_plan::wish_for(std::size_t receiver,
                                               const runtime::receiver_report& report,
                                               std::uint16_t program_number) const {
    policy::assignment_wish w;
    w.service.program_number = program_number;
    w.receivers = {receiver};
    w.receive_scrambled = true;
    w.current = policy::assignment_place{receiver, std::nullopt};
    const auto* const s = find_program(report, program_number);
    if (s == nullptr || !s->pmt_complete_at)
        return w;
    w.service.name = s->name;
    w.service.provider = s->provider;
    w.ca_system_ids = s->ca_system_ids;
    w.streams = s->streams;
    w.current->slot = s->slot;
    return w;
}

void service_plan::add_wishes(snapshot& now, std::size_t receiver,
                              const runtime::receiver_report& report,
                              const std::vector<set_recording>& recordings) const {
    const auto& r = now.question.receivers[receiver];
    const auto add = [&](plan_line line) {
        auto w = wish_for(receiver, report, line.program_number);
        if (r.multiplex)
            w.multiplexes = {*r.multiplex};
        if (const auto* const s = find_program(report, line.program_number)) {
            line.name = s->name;
            line.state = s->state;
            line.state_reason = s->reason;
        }
        w.label = label_of(line);
        w.priority = line.priority;
        // those who came first, by their numbers; what is configured was there before all of them
        w.since = time_point{} + std::chrono::seconds{line.recording.value_or(0)};
        now.question.wishes.push_back(std::move(w));
        now.lines.push_back(std::move(line));
    };
    std::vector<std::uint16_t> recorded;
    for (const auto& recording : recordings) {
        if (recording.receiver != r.name || is_finished(recording.report))
            continue;
        recorded.push_back(recording.report.program_number);
        add({.kind = "recording",
             .recording = recording.report.id,
             .program_number = recording.report.program_number,
             .priority = settings_.priorities.recording,
             .receiver = r.name});
    }
    for (const auto& [program, viewers] : receivers_.members()[receiver].viewers) {
        if (std::ranges::find(recorded, program) == recorded.end())
            recorded.push_back(program);
        add({.kind = "viewer",
             .viewers = viewers,
             .program_number = program,
             .priority = settings_.priorities.viewer,
             .receiver = r.name});
    }
    for (const auto& s : report.services) {
        // what the multiplex does not hold is missing
        if (!s.wanted || (r.fixed && !s.in_multiplex) ||
            std::ranges::find(recorded, s.program_number) != recorded.end())
            continue;
        if (r.fixed)
            add({.kind = "configured",
                 .program_number = s.program_number,
                 .priority = settings_.priorities.viewer});
        else if (report.led_by_slot)
            add({.kind = "module",
                 .program_number = s.program_number,
                 .priority = settings_.priorities.visit});
    }
}

void service_plan::add_missing(snapshot& now, const receiver_set::member& m,
                               const runtime::receiver_report& report) const {
    const auto add = [&](const service_ref& service, const std::string& reason) {
        plan_line line;
        line.kind = "configured";
        line.priority = settings_.priorities.viewer;
        if (const auto* const number = std::get_if<std::uint16_t>(&service))
            line.program_number = *number;
        else
            line.name = std::get<std::string>(service);
        line.receiver = m.name;
        line.left_out = true;
        line.reason = reason;
        now.elsewhere.push_back(std::move(line));
    };
    for (const auto& missing : m.missing)
        add(missing.service, missing.reason);
    for (const auto& s : report.services)
        if (m.fixed && s.wanted && !s.in_multiplex &&
            std::ranges::find(m.missing, service_ref{s.program_number},
                              &missing_service::service) == m.missing.end() &&
            std::ranges::none_of(now.lines, [&](const plan_line& line) {
                return line.recording && line.receiver == m.name &&
                       line.program_number == s.program_number;
            }))
            add(s.program_number, s.reason);
}

void service_plan::find_reach(snapshot& now) const {
    for (std::size_t i = 0; i < now.question.receivers.size(); ++i) {
        auto& r = now.question.receivers[i];
        r.receives.clear();
        for (const auto& where : now.multiplexes)
            r.receives.push_back(can_receive(receivers_.members()[i].systems, where.system));
    }
}

service_plan::snapshot service_plan::look() {
    snapshot now;
    now.question.rules = settings_.rules;
    const auto recordings = receivers_.recordings();
    for (const auto& m : receivers_.members()) {
        const auto report = m.port->report();
        add_receiver(now, m, report);
        add_wishes(now, now.question.receivers.size() - 1, report, recordings);
        add_missing(now, m, report);
    }
    return now;
}

service_plan::placement service_plan::place(const request& wanted) {
    auto now = look();
    policy::assignment_wish w;
    w.label = wanted.viewer ? "this viewer" : "this recording";
    w.service = {wanted.program_number, wanted.name, {}};
    w.multiplexes = {multiplex_of(now, wanted.where)};
    w.priority = wanted.viewer ? settings_.priorities.viewer : settings_.priorities.recording;
    w.since = time_point::max();
    if (wanted.scrambled_too)
        w.ca_system_ids.emplace(); // as if it were in the clear
    else if (auto found = known(wanted.where, wanted.program_number)) {
        w.service.provider = std::move(found->provider);
        w.ca_system_ids = std::move(found->ca_system_ids);
        w.streams = std::move(found->streams);
    }
    const auto* const against = policy::rule_against(
        settings_.rules, w.service, w.ca_system_ids.value_or(std::vector<std::uint16_t>{}));
    if (wanted.receiver)
        for (std::size_t i = 0; i < now.question.receivers.size(); ++i)
            if (now.question.receivers[i].name == *wanted.receiver)
                w.receivers.push_back(i);
    now.question.wishes.push_back(std::move(w));
    find_reach(now);
    auto line = std::move(policy::assign(now.question).lines.back());
    placement found;
    found.tune = line.tune;
    found.reason = std::move(line.reason);
    found.obstacles = std::move(line.obstacles);
    found.shortage = line.shortage;
    if (against != nullptr)
        found.left_scrambled_by = name_of(policy::rule_effect{against, "descramble = false"});
    if (line.place)
        found.member =
            receivers_.named_or_all(now.question.receivers[line.place->receiver].name).front();
    return found;
}

const policy::assignment_rule*
service_plan::rule_against(const receiver_set::location& there) const {
    const auto report = there.where->port->report();
    policy::assignment_service service{there.program_number, there.service_name, {}};
    std::vector<std::uint16_t> ids;
    const auto* const s = find_program(report, there.program_number);
    if (s != nullptr && s->pmt_complete_at) {
        service.name = s->name;
        service.provider = s->provider;
        ids = s->ca_system_ids;
    } else if (const auto* const known =
                   report.tuning ? recall(*report.tuning, there.program_number) : nullptr) {
        service.provider = known->provider;
        ids = known->ca_system_ids;
    }
    return policy::rule_against(settings_.rules, service, ids);
}

std::vector<service_plan::able_cam>
service_plan::able_cams(const policy::assignment_rules& rules,
                        const policy::assignment_service& service,
                        const std::vector<std::uint16_t>& ca_system_ids,
                        const std::optional<device::tuning>& where) const {
    std::vector<able_cam> able;
    if (ca_system_ids.empty())
        return able;
    for (const auto& m : receivers_.members()) {
        if (!policy::may_receive(rules, service, m.name))
            continue;
        const auto report = m.port->report();
        if (where && !comes_to(m, report, *where))
            continue;
        for (const auto& told : report.cams) {
            const auto cam = cam_of(told);
            // of one that has told nothing yet nobody knows
            if (!cam.unusable.empty() || (!cam.ca_system_ids && !cam.takes_all))
                continue;
            if (!policy::usable_systems(rules, service, m.name, cam.slot, ca_system_ids,
                                        cam.ca_system_ids.value_or(std::vector<std::uint16_t>{}))
                     .empty())
                able.push_back({m.name, cam.slot, cam.name});
        }
    }
    return able;
}

std::vector<plan_line> service_plan::lines() {
    auto now = look();
    find_reach(now);
    auto answer = policy::assign(now.question);
    for (std::size_t i = 0; i < now.lines.size(); ++i) {
        auto& line = now.lines[i];
        auto& decided = answer.lines[i];
        line.left_out = decided.shortage != policy::assignment_shortage::none;
        line.reason = std::move(decided.reason);
        line.receiver.reset();
        if (!decided.place)
            continue;
        const auto& receiver = now.question.receivers[decided.place->receiver];
        line.receiver = receiver.name;
        line.slot = decided.place->slot;
        for (const auto& cam : receiver.cams)
            if (cam.slot == line.slot)
                line.cam = cam.name;
    }
    std::ranges::move(now.elsewhere, std::back_inserter(now.lines));
    return std::move(now.lines);
}

void service_plan::remember() {
    for (const auto& m : receivers_.members()) {
        const auto report = m.port->report();
        if (!report.tuning || report.state != "locked")
            continue;
        for (const auto& s : report.services) {
            if (!s.in_multiplex || !s.pmt_complete_at)
                continue;
            known_service known{*report.tuning, s.program_number, s.provider, s.ca_system_ids,
                                s.streams};
            if (const auto* const before = recall(*report.tuning, s.program_number))
                known_[static_cast<std::size_t>(before - known_.data())] = std::move(known);
            else if (known_.size() < most_known)
                known_.push_back(std::move(known));
        }
    }
}

} // namespace cihost::daemon
