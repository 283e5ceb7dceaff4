// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/counted.hpp"
#include "base/state_words.hpp"
#include "base/suggestion.hpp"
#include "policy/ca_system_list.hpp"
#include "policy/diagnosis.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

namespace cihost::policy {
namespace {

using evidence_list = std::vector<diagnosis::evidence>;

constexpr std::size_t most_pids = 8;

std::string tenths(duration d) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f s", std::chrono::duration<double>(d).count());
    return text;
}

std::string pid_list(const std::vector<std::uint16_t>& pids) {
    std::vector<std::string> all;
    for (const auto pid : pids)
        all.push_back(std::to_string(pid));
    return join(all, most_pids);
}

void add_reception(const service_facts& facts, evidence_list& all) {
    if (!facts.device_problem.empty()) {
        all.push_back({"device", facts.device_problem});
        return;
    }
    if (facts.idle) {
        all.push_back({"tuned to", "nothing"});
        return;
    }
    if (!facts.multiplex.empty())
        all.push_back({"tuned to", facts.multiplex});
    all.push_back({"lock", facts.locked ? "yes" : "no, for " + tenths(facts.unlocked_for)});
    if (!facts.signal.empty())
        all.push_back({"signal", facts.signal});
    const auto& recent = facts.recent;
    auto damage = counted(recent.packets, "packet", "packets") + ", " +
                  std::to_string(recent.transport_errors) + " marked damaged, " +
                  counted(recent.continuity_errors, "gap", "gaps");
    if (recent.overflows > 0)
        damage += ", " + counted(recent.overflows, "time", "times") + " too slow to fetch them";
    all.push_back({"received in the last " + std::to_string(lately.count()) + " s", damage});
}

void add_tables(const service_facts& facts, evidence_list& all) {
    if (facts.transport_stream_id || facts.expected_transport_stream_id)
        all.push_back(
            {"transport stream",
             (facts.transport_stream_id ? std::to_string(*facts.transport_stream_id) + " (PAT)"
                                        : std::string{"no PAT"}) +
                 (facts.expected_transport_stream_id
                      ? ", expected " + std::to_string(*facts.expected_transport_stream_id)
                      : "")});
    if (!facts.transport_stream_id)
        return;
    all.push_back({"in the PAT", facts.in_multiplex ? "yes" : "no"});
    if (facts.in_multiplex)
        all.push_back({"PMT", facts.pmt_known ? "has come" : "none has come"});
}

void add_packets(const service_facts& facts, evidence_list& all) {
    all.push_back({"CA systems of the service", list_ca_systems(facts.ca_system_ids)});
    all.push_back({"asked for", facts.wanted ? "yes" : "no"});
    all.push_back({"packets", !facts.watched        ? "not looked at"
                              : !facts.packets_seen ? "none"
                              : facts.scrambled_now ? "scrambled"
                                                    : "clear"});
    if (facts.clear_for)
        all.push_back({"clear for", tenths(*facts.clear_for)});
    if (!facts.wanted)
        return;
    if (facts.recent.service_errors > 0 || facts.recent.service_scrambled > 0)
        all.push_back({"of its packets lately",
                       counted(facts.recent.service_errors, "gap", "gaps") + ", " +
                           std::to_string(facts.recent.service_scrambled) +
                           " scrambled in a clear stream" +
                           (facts.recent.service_unattended > 0
                                ? ", " + std::to_string(facts.recent.service_unattended) +
                                      " of them while no CAM was at work for it"
                                : "")});
    if (!facts.ecm_pids.empty())
        all.push_back({"ECMs", std::to_string(facts.ecms) + " on PID " + pid_list(facts.ecm_pids) +
                                   (facts.ecm_silence >= std::chrono::seconds{1}
                                        ? ", none for " + tenths(facts.ecm_silence)
                                        : "")});
}

std::string module_text(const service_facts::module& m) {
    if (!m.problem.empty() && m.state != slot_state::ready)
        return m.problem;
    auto text = state_words(name(m.state));
    if (!m.name.empty())
        text += ", \"" + m.name + "\"";
    if (m.ca_system_ids)
        text += ", CA systems " + (m.takes_all ? "not told" : list_ca_systems(*m.ca_system_ids));
    if (m.max_services > 0)
        text += ", at most " + counted(m.max_services, "service", "services");
    if (m.max_streams > 0)
        text += ", at most " + counted(m.max_streams, "stream", "streams");
    if (m.restarts > 0)
        text += ", " + counted(m.restarts, "conversation", "conversations") + " broke off";
    return text;
}

std::string request_text(const service_facts::module& m, time_point now) {
    if (m.too_large)
        return "does not fit through the device";
    const auto& status = *m.status;
    if (status.ca_pmts_sent == 0)
        return "not sent";
    auto text = "sent " + counted(status.ca_pmts_sent, "time", "times");
    if (status.requested_at != never)
        text += ", the latest " + tenths(now - status.requested_at) + " ago";
    if (status.unfiltered)
        text += ", with all CA systems";
    return text;
}

void add_modules(const service_facts& facts, evidence_list& all) {
    if (!facts.ca_device_problem.empty())
        all.push_back({"CA device", facts.ca_device_problem});
    if (!facts.assignment.empty())
        all.push_back({"assignment", facts.assignment});
    for (const auto& m : facts.modules) {
        const auto slot = "CAM slot " + std::to_string(m.slot);
        all.push_back({slot, module_text(m)});
        if (m.menu)
            all.push_back({slot + " shows", m.menu->empty() ? "a menu" : "\"" + *m.menu + "\""});
        if (!m.status)
            continue;
        all.push_back({slot + ", CA_PMT", request_text(m, facts.now)});
        if (m.status->reply) {
            const auto why = en50221::refusal(*m.status->reply);
            all.push_back({slot + ", CA_PMT_REPLY",
                           en50221::describe(why.value_or(en50221::ca_enable::possible))});
        }
        if (!m.recovery)
            continue;
        std::vector<std::string> steps;
        for (const auto step : recovery_steps)
            if (const auto times = m.recovery->steps[index(step)].times; times > 0)
                steps.push_back(std::string{describe(step)} +
                                (times > 1 ? " (" + counted(times, "time", "times") + ")" : ""));
        if (!steps.empty())
            all.push_back({slot + ", tried", join(steps)});
        if (m.recovery->menu_helped)
            all.push_back({slot + ", what helped", "its menu was answered, or closed"});
        else if (m.recovery->helped)
            all.push_back({slot + ", what helped", describe(*m.recovery->helped)});
    }
}

} // namespace

std::vector<diagnosis::evidence> evidence_of(const service_facts& facts) {
    evidence_list all;
    if (!facts.receiver.empty())
        all.push_back({"receiver", facts.receiver});
    add_reception(facts, all);
    if (facts.idle || !facts.device_problem.empty())
        return all;
    add_tables(facts, all);
    if (!facts.pmt_known)
        return all;
    add_packets(facts, all);
    // nobody would ask a module for a service without CA systems
    if (!facts.ca_system_ids.empty())
        add_modules(facts, all);
    return all;
}

} // namespace cihost::policy
