// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/service_inquiry.hpp"

#include "base/counted.hpp"
#include "base/suggestion.hpp"
#include "daemon/device_report.hpp"
#include "daemon/service_lookup.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace cihost::daemon {
namespace {

using policy::service_cause;

bool is_absent(const receiver_set::member& m, const runtime::receiver_report& report) {
    return !m.present || report.state == "absent";
}

/// Nobody can say which services there are.
bool hides_services(service_cause cause) {
    return cause == service_cause::no_device || cause == service_cause::no_lock ||
           cause == service_cause::bad_reception || cause == service_cause::overload ||
           cause == service_cause::no_pat;
}

std::string asked_name(const service_ref& service) {
    const auto* const name = std::get_if<std::string>(&service);
    return name == nullptr ? std::string{} : *name;
}

std::string typed(const service_ref& service) {
    const auto* const number = std::get_if<std::uint16_t>(&service);
    return number == nullptr ? std::get<std::string>(service) : std::to_string(*number);
}

std::string semicolons(const std::vector<std::string>& parts) {
    std::string text;
    for (const auto& part : parts)
        text += (text.empty() ? "" : "; ") + part;
    return text;
}

void conclude(service_inquiry::answer& found, service_cause cause, std::string sentence) {
    found.verdict.found = {cause, std::move(sentence)};
    found.verdict.remedy = policy::remedy_for(cause);
}

/// What has to be done beside, or before, it is asked for.
std::string remedy_by(const service_plan::placement& place, service_cause cause) {
    using policy::assignment_shortage;
    if (!place.left_scrambled_by.empty())
        return "Change " + place.left_scrambled_by +
               ", if it shall be descrambled; \"cihost reload\" takes it over.";
    switch (place.shortage) {
    case assignment_shortage::rule:
        return policy::remedy_for(service_cause::excluded);
    case assignment_shortage::module:
        return policy::remedy_for(service_cause::no_common_ca_system);
    case assignment_shortage::capacity:
        return policy::remedy_for(service_cause::over_capacity);
    case assignment_shortage::receiver:
        return policy::remedy_for(service_cause::no_receiver);
    case assignment_shortage::none:
        break;
    }
    return policy::remedy_for(cause);
}

} // namespace

std::vector<service_inquiry::candidate> service_inquiry::candidates(const service_ref& service,
                                                                    const members& asked) {
    std::vector<candidate> all;
    for (const auto* const m : asked) {
        const auto report = m->port->report();
        for (const auto* const s : find_services(report.services, service)) {
            const bool here = s->in_multiplex && !is_absent(*m, report);
            all.push_back(
                {m, s->program_number, s->name,
                 (here ? 4 : 0) + (s->wanted ? 2 : 0) + (report.state == "locked" ? 1 : 0)});
        }
    }
    std::ranges::stable_sort(all, std::greater{}, &candidate::rank);
    return all;
}

void service_inquiry::add_outlook(answer& found, const service_plan::request& wanted) {
    const auto place = finder_.outlook(wanted);
    found.verdict.evidence.push_back({"if it were asked for", place.reason});
    found.verdict.found.sentence += " If it were asked for: " + place.reason;
    found.verdict.remedy = remedy_by(place, service_cause::not_wanted);
}

service_inquiry::answer service_inquiry::by_receiver(const candidate& here,
                                                     const std::optional<std::string>& receiver) {
    answer found{here.program_number, here.name, here.where->name,
                 here.where->port->why(here.program_number)};
    const auto report = here.where->port->report();
    if (found.verdict.found.cause == service_cause::not_wanted && report.tuning)
        add_outlook(found, {here.program_number, here.name, *report.tuning, receiver, false});
    return found;
}

/// A receiver that is on its multiplex, or should be, tells what is in the way.
std::optional<service_inquiry::answer>
service_inquiry::by_multiplex(const std::vector<const device::channel*>& listed,
                              const members& asked) const {
    for (const auto* const c : listed)
        for (const auto* const m : asked) {
            const auto report = m->port->report();
            if (report.tuning && device::same_multiplex(*report.tuning, c->tuning))
                return answer{c->program_number, c->name, m->name, m->port->why(c->program_number)};
        }
    return std::nullopt;
}

service_inquiry::answer service_inquiry::by_list(const service_ref& service,
                                                 const std::vector<const device::channel*>& listed,
                                                 const std::optional<std::string>& receiver) {
    const auto& first = *listed.front();
    if (std::holds_alternative<std::uint16_t>(service) &&
        std::ranges::any_of(listed, [&](const auto* c) {
            return !device::same_multiplex(c->tuning, first.tuning);
        })) {
        std::vector<std::string> names;
        for (const auto* const c : listed)
            names.push_back(c->name);
        throw rpc_error{rpc_code::not_found,
                        "The channel list has service " + to_string(service) + " more than once: " +
                            join(distinct(std::move(names))) + ". Say its name."};
    }
    answer found{first.program_number, first.name, std::nullopt, {}};
    found.verdict.evidence.push_back({"channel list", device::describe(first.tuning)});
    for (const auto& m : receivers_.members()) {
        const auto report = m.port->report();
        found.verdict.evidence.push_back({"receiver " + m.name, m.nodes && is_absent(m, report)
                                                                    ? absent_reason(*m.nodes)
                                                                    : report.reason});
    }
    service_plan::request wanted{first.program_number, first.name, first.tuning, receiver, false};
    const auto place = finder_.outlook(wanted);
    wanted.scrambled_too = true;
    const auto received = place.member != nullptr ? place : finder_.outlook(wanted);
    const auto where = " is at " + device::describe(first.tuning) + ", ";
    if (received.member != nullptr) {
        found.verdict.evidence.push_back({"if it were asked for", place.reason});
        conclude(found, service_cause::not_received,
                 first.name + where +
                     "where no receiver is, because nothing asks for it. If it "
                     "were asked for: " +
                     place.reason);
        found.verdict.remedy = remedy_by(place, service_cause::not_received);
        return found;
    }
    const auto& all = receivers_.members();
    const bool none_there = !all.empty() && std::ranges::all_of(all, [](const auto& m) {
        return is_absent(m, m.port->report());
    });
    conclude(
        found, none_there ? service_cause::no_device : service_cause::no_receiver,
        first.name + where + "and no receiver can be there: " +
            (received.obstacles.empty() ? "there is none at all" : semicolons(received.obstacles)) +
            ".");
    if (received.shortage == policy::assignment_shortage::rule)
        found.verdict.remedy = policy::remedy_for(service_cause::excluded);
    return found;
}

service_inquiry::answer service_inquiry::unknown(const service_ref& service,
                                                 const members& asked) const {
    const auto* const number = std::get_if<std::uint16_t>(&service);
    answer found{
        number == nullptr ? std::uint16_t{0} : *number, asked_name(service), std::nullopt, {}};
    if (receivers_.members().empty()) {
        conclude(found, service_cause::no_receiver,
                 "There is no receiver at all: no adapter was found that makes one.");
        return found;
    }
    // one receiver alone: what is wrong with it is what is wrong
    if (asked.size() == 1) {
        auto verdict = asked.front()->port->why(found.program_number);
        if (hides_services(verdict.found.cause)) {
            found.receiver = asked.front()->name;
            found.verdict = std::move(verdict);
            return found;
        }
    }
    std::vector<std::string> words;
    for (const auto* const m : asked) {
        const auto report = m->port->report();
        for (const auto& s : report.services)
            if (s.in_multiplex)
                words.push_back(number == nullptr ? s.name : std::to_string(s.program_number));
        found.verdict.evidence.push_back({"receiver " + m->name, report.reason});
    }
    const auto& channels = finder_.channels();
    for (const auto& c : channels)
        words.push_back(number == nullptr ? c.name : std::to_string(c.program_number));
    found.verdict.evidence.push_back(
        {"channel list",
         channels.empty() ? "none" : counted(channels.size(), "channel", "channels")});
    auto sentence = std::string{channels.empty() ? "No receiver knows"
                                                 : "No receiver and no channel list knows"} +
                    " a service " + to_string(service);
    const auto meant = suggestion(typed(service), words);
    conclude(found, service_cause::unknown_service,
             sentence + (meant ? "; did you mean '" + *meant + "'?" : "."));
    return found;
}

service_inquiry::answer service_inquiry::ask(const service_ref& service,
                                             const std::optional<std::string>& receiver) {
    const auto asked = receivers_.named_or_all(receiver);
    const auto here = candidates(service, asked);
    const auto listed = finder_.listed(service);
    // one that is only wanted, or was there once, says less than where the list has it
    if (!here.empty() && here.front().rank >= 4) {
        for (const auto& other : here)
            if (other.rank == here.front().rank && other.where != here.front().where &&
                !receiver_set::same_multiplex(*other.where, *here.front().where))
                throw rpc_error{rpc_code::not_found, "The service " + to_string(service) +
                                                         " is there more than once: on " +
                                                         here.front().where->name + " and on " +
                                                         other.where->name +
                                                         ". Say which with --receiver, or with "
                                                         "'receiver' in a request."};
        return by_receiver(here.front(), receiver);
    }
    if (auto found = by_multiplex(listed, asked))
        return *found;
    if (!here.empty())
        return by_receiver(here.front(), receiver);
    if (!listed.empty())
        return by_list(service, listed, receiver);
    return unknown(service, asked);
}

} // namespace cihost::daemon
