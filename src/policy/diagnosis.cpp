// SPDX-License-Identifier: LGPL-2.1-or-later
#include "policy/diagnosis.hpp"

#include "base/counted.hpp"
#include "base/suggestion.hpp"
#include "policy/ca_system_list.hpp"

#include <cihost/en50221/ca_pmt_reply.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace cihost::policy {
namespace {

using cause = service_cause;
using module = service_facts::module;

/// Until then a scrambled service is nothing to complain about: an ECM has to come and the smart
/// card to open it.
constexpr std::chrono::seconds usual_time_to_clear{3};
/// An ECM comes every few hundred ms; this long without one is no accident.
constexpr std::chrono::seconds ecm_patience{5};
/// A module that was taken out, or fell silent, is known to be so by then.
constexpr std::chrono::milliseconds time_to_notice{500};
/// A lock takes that long on a bad day.
constexpr std::chrono::seconds lock_patience{5};

/// One damaged packet of so many is more than a CAM and a player bear.
constexpr std::uint64_t bearable_share = 100;

/// Each of them is a buffer of packets that is lost: of more than one lately, something is missing
/// all the time.
constexpr std::uint64_t bearable_overflows = 1;

/// Of a list in a sentence.
constexpr std::size_t most_listed = 12;

std::string module_name(const module& m, const std::string& noun = "The module") {
    return m.name.empty() ? noun : noun + " \"" + m.name + "\"";
}

std::string whole_seconds(duration d) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(d).count();
    return std::to_string(std::max<std::int64_t>(seconds, 0)) + " s";
}

std::string service_text(const service_facts& facts) {
    const auto number = std::to_string(facts.program_number);
    return facts.name.empty() ? "Service " + number : facts.name + " (" + number + ")";
}

std::string last_seconds() { return "the last " + std::to_string(lately.count()) + " s"; }

/// The module that is closest to descrambling the service.
const module* best(const std::vector<module>& modules) {
    const auto rank = [](const module& m) {
        return std::pair{m.state != slot_state::empty,
                         m.status ? static_cast<int>(m.status->phase) : -1};
    };
    const auto it = std::ranges::max_element(modules, {}, rank);
    return it == modules.end() ? nullptr : &*it;
}

std::string describe_recovery(const std::optional<recovery_status>& recovery) {
    if (!recovery)
        return {};
    std::vector<std::string> tried;
    for (const auto step : recovery_steps)
        if (const auto times = recovery->steps[index(step)].times; times > 0)
            tried.push_back(describe(step) +
                            (times > 1 ? " (" + counted(times, "time", "times") + ")" : ""));
    std::string text = tried.empty() ? "" : " Tried so far: " + join(tried, most_listed) + ".";
    if (recovery->reset_refused)
        text += " The module is not reset, because another slot of the device works.";
    if (recovery->state == recovery_state::given_up)
        text += " That was all that a host can do.";
    else if (recovery->hold == recovery_hold::running_services)
        text += " What is left might disturb services that are clear, and waits for their end.";
    return text;
}

/// A packet that is marked as damaged leaves a gap too, unless all are.
std::uint64_t damaged_packets(const service_facts& facts) {
    return std::max(facts.recent.transport_errors, facts.recent.continuity_errors);
}

bool unbearable(std::uint64_t damaged, const service_facts& facts) {
    return damaged > 0 && damaged * bearable_share >= facts.recent.packets;
}

bool badly_received(const service_facts& facts) {
    return unbearable(damaged_packets(facts), facts);
}

/// What overflows leaves gaps as a bad signal does, but marks nothing as damaged.
bool overloaded(const service_facts& facts) {
    const auto& recent = facts.recent;
    return recent.overflows > 0 && !unbearable(recent.transport_errors, facts) &&
           (recent.overflows > bearable_overflows || unbearable(recent.continuity_errors, facts));
}

std::string damage_text(const service_facts& facts) {
    return counted(damaged_packets(facts), "packet", "packets") + " of " +
           std::to_string(facts.recent.packets) + " in " + last_seconds() +
           " were damaged or lost on the way to the tuner";
}

diagnosis judge_multiplex(const service_facts& facts) {
    const auto expected = facts.expected_transport_stream_id;
    if (expected && expected != facts.transport_stream_id)
        return {cause::wrong_multiplex,
                "This is another multiplex than it should be: its transport stream id is " +
                    std::to_string(*facts.transport_stream_id) + ", not " +
                    std::to_string(*expected) + ", and " + service_text(facts) + " is not in it."};
    if (facts.others.empty())
        return {cause::not_in_multiplex,
                service_text(facts) + " is not in this multiplex, which is empty."};
    return {cause::not_in_multiplex, service_text(facts) + " is not in this multiplex. It holds: " +
                                         join(facts.others, most_listed) + "."};
}

/// `clear`: the signal is not to blame.
diagnosis judge_signal(const service_facts& facts) {
    if (!facts.device_problem.empty())
        return {cause::no_device, facts.device_problem};
    if (facts.idle)
        return {cause::idle,
                "The receiver is not tuned to the service's multiplex, nor to any other."};
    if (!facts.locked)
        return {cause::no_lock,
                "The tuner has no lock on the multiplex" +
                    (facts.multiplex.empty() ? "" : " at " + facts.multiplex) +
                    (facts.unlocked_for < lock_patience
                         ? "."
                         : ", for " + whole_seconds(facts.unlocked_for) + " by now.")};
    const bool clear_now = facts.packets_seen && facts.watched && !facts.scrambled_now;
    if (!clear_now && overloaded(facts))
        return {cause::overload,
                "This machine did not read in time what the tuner received: packets were lost " +
                    counted(facts.recent.overflows, "time", "times") + " in " + last_seconds() +
                    "."};
    if (!clear_now && badly_received(facts))
        return {cause::bad_reception, "The signal is too bad: " + damage_text(facts) + "."};
    if (!facts.transport_stream_id)
        return {cause::no_pat, "The multiplex has not told yet which services it holds (PAT)."};
    if (!facts.in_multiplex)
        return judge_multiplex(facts);
    if (!facts.pmt_known)
        return {cause::no_pmt, "The description of the service (PMT) has not come yet."};
    return {};
}

bool without_ecm(const service_facts& facts) {
    return !facts.ecm_pids.empty() &&
           facts.ecm_silence >= (facts.ecms == 0 ? usual_time_to_clear : ecm_patience);
}

std::string scrambled_text(std::uint64_t packets) {
    return counted(packets, "packet", "packets") + " of " + last_seconds();
}

std::string absence_text(module_absence absence) {
    switch (absence) {
    case module_absence::out:
        return "the CAM was out of its slot, or came back";
    case module_absence::restarting:
        return "the CAM did not answer, or was started anew";
    default:
        return "no CAM was asked for it";
    }
}

/// What is wrong with the module although the service is clear; empty: nothing, or there is none.
std::string remark_on_module(const service_facts& facts) {
    const auto* const m = best(facts.modules);
    if (!facts.wanted || facts.ca_system_ids.empty() || m == nullptr)
        return {};
    switch (m->state) {
    case slot_state::empty:
    case slot_state::ready:
        return {};
    case slot_state::silent:
        return " But " + module_name(*m, "the module") +
               " does not answer at the moment: if that lasts, it is started anew, and the service "
               "may be scrambled meanwhile.";
    case slot_state::failed:
    case slot_state::no_ca_support:
        return " But it is so without " + module_name(*m, "the module") +
               ", which cannot be asked to descramble anything: it may be scrambled again at any "
               "time.";
    default:
        return " But " + module_name(*m, "the module") +
               " is being started: until it is ready, the service may be scrambled again.";
    }
}

diagnosis judge_clear(const service_facts& facts) {
    const std::string clear =
        facts.ca_system_ids.empty() ? "The service is broadcast in clear" : "The service is clear";
    const auto& recent = facts.recent;
    const auto late = recent.service_scrambled - recent.service_unattended;
    if (recent.service_errors > 0 || (!facts.wanted && recent.transport_errors > 0))
        return {cause::clear_damaged,
                clear + ", but " +
                    (recent.overflows > 0
                         ? "packets of " + last_seconds() +
                               " were lost because this machine did not read them in time."
                         : "its reception is damaged: " +
                               (recent.service_errors > 0
                                    ? counted(recent.service_errors, "gap", "gaps") +
                                          " in its "
                                          "packets in " +
                                          last_seconds() + "."
                                    : damage_text(facts) + "."))};
    if (recent.service_unattended > late)
        return {cause::clear_interrupted,
                clear + ", but " + scrambled_text(recent.service_unattended) +
                    " stayed scrambled while " + absence_text(recent.absence) + "."};
    if (late > 0)
        return {cause::clear_interrupted, clear + ", but the module was late with " +
                                              scrambled_text(late) + ", which stayed scrambled."};
    // a descrambler marks as clear what it made of its old keys, whatever that is
    if (facts.wanted && facts.ecms > 0 && without_ecm(facts))
        return {cause::clear_interrupted,
                "The service is marked clear, but no ECM has come for " +
                    whole_seconds(facts.ecm_silence) +
                    ": unless it is broadcast in clear for now, the module opens it by old keys, "
                    "and there is no picture."};
    const auto remark = remark_on_module(facts);
    if (facts.clear_for >= std::chrono::seconds{1} && !facts.ca_system_ids.empty())
        return {cause::clear, "The service has been clear for " + whole_seconds(*facts.clear_for) +
                                  (remark.empty() ? "; nothing is wrong." : "." + remark)};
    return {cause::clear, clear + "." + remark};
}

std::optional<en50221::ca_enable> refusal_by(const module& m) {
    return m.status && m.status->reply ? en50221::refusal(*m.status->reply) : std::nullopt;
}

diagnosis judge_requested(const service_facts& facts, const module& m) {
    const auto& status = *m.status;
    if (m.too_large)
        return {cause::too_large, "The programme is too large for this interface: the driver of "
                                  "the CI slot takes 256 bytes for a CA_PMT."};
    if (const auto why = refusal_by(m))
        return {*why == en50221::ca_enable::no_entitlement ? cause::not_entitled : cause::refused,
                module_name(m) + " answers for this service: " + describe(*why) + "."};
    if (m.menu)
        return {cause::menu_waiting, module_name(m) + " shows " +
                                         (m.menu->empty() ? "a menu" : "\"" + *m.menu + "\"") +
                                         " and may wait for an answer before it descrambles."};
    if (facts.scrambled_again_for && *facts.scrambled_again_for < time_to_notice)
        return {cause::scrambled_again,
                "The service was clear until a moment ago and is scrambled again: the module is "
                "late with its keys, or does not work at the moment."};
    // `never` leaves no room for a sum
    if (status.requested_at == never || facts.now < status.requested_at + usual_time_to_clear)
        return {cause::requested, "The module was asked to descramble the service a moment ago."};
    return {cause::scrambled, "The service is still scrambled although the module was asked " +
                                  whole_seconds(facts.now - status.requested_at) + " ago and " +
                                  counted(facts.ecms, "ECM has", "ECMs have") +
                                  " come; the smart card may not be entitled to it." +
                                  describe_recovery(m.recovery)};
}

diagnosis over_capacity(const service_facts& facts, const module& m) {
    if (facts.modules.size() > 1)
        return {cause::over_capacity, facts.assignment};
    return {cause::over_capacity,
            module_name(m) + " is asked for as much as it can descramble at a time, by its "
                             "profile; the service waits until another one ends."};
}

/// `clear`: the module is in conversation.
diagnosis judge_slot(const service_facts& facts, const module* m) {
    if (m == nullptr && !facts.ca_device_problem.empty())
        return {cause::no_ca_device, "The service is scrambled and the CI slot cannot be used: " +
                                         facts.ca_device_problem};
    if (m != nullptr && m->state != slot_state::ready && !m->problem.empty())
        return {cause::no_ca_device,
                "The service is scrambled and the CI slot cannot be used: " + m->problem};
    if (m == nullptr || m->state == slot_state::empty)
        return {cause::no_module, "The service is scrambled and there is no module in the CI "
                                  "slot."};
    if (m->recovering)
        return {cause::restarting, module_name(*m) + " is started anew, because a service stayed "
                                                     "scrambled."};
    switch (m->state) {
    case slot_state::present:
        return {cause::starting, "The module in the CI slot is starting; it is not ready yet."};
    case slot_state::restarting:
        return {cause::restarting,
                "The conversation with the module broke off; it is being restarted."};
    case slot_state::silent:
        return {cause::silent, module_name(*m) + " does not answer at the moment."};
    case slot_state::no_ca_support:
        return {cause::no_ca_support,
                module_name(*m) + " answers, but does not offer CA Support: it cannot be asked to "
                                  "descramble anything."};
    case slot_state::failed:
        return {cause::module_failed,
                "The module in the CI slot does not come to a conversation, neither by fresh "
                "connections nor by resets. It is left alone until it is taken out, or somebody "
                "asks for a service again."};
    default:
        return {};
    }
}

diagnosis judge_module(const service_facts& facts) {
    const auto* const m = best(facts.modules);
    if (auto slot = judge_slot(facts, m); slot.cause != cause::clear)
        return slot;
    if (facts.shortage == assignment_shortage::capacity)
        return over_capacity(facts, *m);
    if (facts.shortage == assignment_shortage::module && facts.modules.size() > 1)
        return {cause::no_common_ca_system, facts.assignment};
    switch (m->status ? m->status->phase : service_phase::no_module) {
    case service_phase::no_common_ca_system:
        return {cause::no_common_ca_system,
                "The service uses the CA systems " + list_ca_systems(facts.ca_system_ids) +
                    "; the module knows " +
                    list_ca_systems(m->ca_system_ids.value_or(std::vector<std::uint16_t>{})) + "."};
    case service_phase::over_capacity:
        return over_capacity(facts, *m);
    case service_phase::queued:
        return {cause::queued, "The module will be asked for the service in a moment."};
    case service_phase::requested:
        return judge_requested(facts, *m);
    default:
        return {cause::starting,
                module_name(*m) + " is starting; it has not told its CA systems yet."};
    }
}

} // namespace

std::string remark_on_multiplex(std::optional<std::uint16_t> found,
                                std::optional<std::uint16_t> expected) {
    if (!found || !expected || *found == *expected)
        return {};
    return "The transport stream id of this multiplex is " + std::to_string(*found) + ", not " +
           std::to_string(*expected) +
           " as expected: it is another one than is meant, or the configuration or the channel "
           "list is wrong.";
}

diagnosis diagnose(const service_facts& facts) {
    if (auto signal = judge_signal(facts); signal.cause != cause::clear)
        return signal;
    if (!facts.watched)
        return {cause::not_wanted,
                "Nothing asks for the service, so its packets are not looked at."};
    if (!facts.packets_seen)
        return {cause::no_packets, "The service is announced, but no packets of it have come yet."};
    if (!facts.scrambled_now)
        return judge_clear(facts);
    if (facts.ca_system_ids.empty())
        return {cause::scrambled_without_ca,
                "The service is scrambled, but its PMT names no CA system that could open it."};
    if (!facts.wanted)
        return {cause::not_wanted, "The service is scrambled and nothing asks for it."};
    if (facts.shortage == assignment_shortage::rule)
        return {cause::excluded, facts.assignment};
    if (without_ecm(facts))
        return {cause::no_ecm, "No ECM of the service has come for " +
                                   whole_seconds(facts.ecm_silence) +
                                   ": without them no module can descramble it."};
    return judge_module(facts);
}

} // namespace cihost::policy
