// SPDX-License-Identifier: LGPL-2.1-or-later
#include "runtime/service_state.hpp"

#include <cihost/en50221/ca_pmt_reply.hpp>
#include <cihost/ts/ca_descriptor.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <utility>

namespace cihost::runtime {

using policy::service_phase;
using policy::slot_state;

namespace {

/// Until then a scrambled service is nothing to complain about: an ECM has to come and the smart
/// card to open it.
constexpr std::chrono::seconds usual_time_to_clear{3};

std::string join(const std::vector<std::string>& parts) {
    constexpr std::size_t most = 12;
    std::string text;
    for (std::size_t i = 0; i < parts.size() && i < most; ++i)
        text += (i == 0 ? "" : ", ") + parts[i];
    if (parts.size() > most)
        text += " and " + std::to_string(parts.size() - most) + " more";
    return text;
}

std::string module_name(const service_facts::module& m) {
    return m.name.empty() ? "The module" : "The module \"" + m.name + "\"";
}

/// The module that is closest to descrambling the service.
const service_facts::module* best(const std::vector<service_facts::module>& modules) {
    const auto rank = [](const service_facts::module& m) {
        return std::pair{m.state != slot_state::empty,
                         m.status ? static_cast<int>(m.status->phase) : -1};
    };
    const auto it = std::ranges::max_element(modules, {}, rank);
    return it == modules.end() ? nullptr : &*it;
}

/// What a CA_PMT_REPLY refuses, if it does.
std::optional<en50221::ca_enable> refusal(const en50221::ca_pmt_reply& reply) {
    const auto refuses = [](en50221::ca_enable value) {
        return value != en50221::ca_enable::possible;
    };
    if (reply.enable && refuses(*reply.enable))
        return reply.enable;
    for (const auto& stream : reply.streams)
        if (stream.enable && refuses(*stream.enable))
            return stream.enable;
    return std::nullopt;
}

service_state explain_requested(const service_facts& facts, const service_facts::module& m) {
    const auto& status = *m.status;
    if (m.too_large)
        return {"too_large", "The programme is too large for this interface: the driver of the CI "
                             "slot takes 256 bytes for a CA_PMT."};
    if (status.reply)
        if (const auto why = refusal(*status.reply))
            return {"refused",
                    module_name(m) + " answers for this service: " + describe(*why) + "."};
    // `never` leaves no room for a sum
    if (status.requested_at == never || facts.now < status.requested_at + usual_time_to_clear)
        return {"requested", "The module was asked to descramble the service a moment ago."};
    const auto seconds =
        std::chrono::floor<std::chrono::seconds>(facts.now - status.requested_at).count();
    const auto since = std::to_string(std::max<std::int64_t>(seconds, 0)) + " s";
    if (facts.ecms == 0)
        return {"waiting_for_ecm", "No ECM of the service has come in the " + since +
                                       " since the module was asked to descramble it."};
    if (m.menu)
        return {"menu_waiting", module_name(m) + " shows " +
                                    (m.menu->empty() ? "a menu" : "\"" + *m.menu + "\"") +
                                    " and may wait for an answer before it descrambles."};
    return {"scrambled", "The service is still scrambled although the module was asked " + since +
                             " ago and " + std::to_string(facts.ecms) +
                             " ECMs have come; the smart card may not be entitled to it."};
}

service_state explain_module(const service_facts& facts) {
    const auto* const m = best(facts.modules);
    if (m == nullptr && !facts.ca_device_problem.empty())
        return {"no_ca_device", "The service is scrambled and the CI slot cannot be used: " +
                                    facts.ca_device_problem};
    if (m != nullptr && m->state != slot_state::ready && !m->problem.empty())
        return {"no_ca_device",
                "The service is scrambled and the CI slot cannot be used: " + m->problem};
    if (m == nullptr || m->state == slot_state::empty)
        return {"no_module", "The service is scrambled and there is no module in the CI slot."};
    if (m->state == slot_state::present)
        return {"starting", "The module in the CI slot is starting; it is not ready yet."};
    if (m->state == slot_state::restarting)
        return {"starting", "The conversation with the module broke off; it is being restarted."};
    if (m->state == slot_state::silent)
        return {"starting", module_name(*m) + " does not answer at the moment."};
    if (m->state == slot_state::no_ca_support)
        return {"no_ca_support", module_name(*m) + " answers, but does not offer CA Support: it "
                                                   "cannot be asked to descramble anything."};
    switch (m->status ? m->status->phase : service_phase::no_module) {
    case service_phase::no_common_ca_system:
        return {"no_common_ca_system",
                "The service uses the CA systems " + list_ca_systems(facts.ca_system_ids) +
                    "; the module knows " +
                    list_ca_systems(m->ca_system_ids.value_or(std::vector<std::uint16_t>{})) + "."};
    case service_phase::over_capacity:
        return {"over_capacity", module_name(*m) +
                                     " is asked for as much as it can descramble at a time, by its "
                                     "profile; the service waits until another one ends."};
    case service_phase::queued:
        return {"queued", "The module will be asked for the service in a moment."};
    case service_phase::requested:
        return explain_requested(facts, *m);
    default:
        return {"starting", module_name(*m) + " is starting; it has not told its CA systems yet."};
    }
}

service_state explain_signal(const service_facts& facts) {
    if (!facts.device_problem.empty())
        return {"no_device", facts.device_problem};
    if (facts.idle)
        return {"idle", "The receiver is not tuned to the service's multiplex, nor to any other."};
    if (!facts.locked)
        return {"not_tuned", "The tuner has no lock on the multiplex."};
    if (!facts.pat_known)
        return {"waiting_for_pat", "The multiplex has not told yet which services it holds (PAT)."};
    if (!facts.in_multiplex) {
        const auto number = "Service " + std::to_string(facts.program_number);
        if (facts.others.empty())
            return {"not_in_multiplex", number + " is not in this multiplex, which is empty."};
        return {"not_in_multiplex",
                number + " is not in this multiplex. It holds: " + join(facts.others) + "."};
    }
    if (!facts.pmt_known)
        return {"no_pmt", "The description of the service (PMT) has not come yet."};
    return {};
}

} // namespace

std::string list_ca_systems(const std::vector<std::uint16_t>& ids) {
    std::vector<std::string> parts;
    for (const auto id : ids) {
        std::array<char, 5> hex{};
        std::snprintf(hex.data(), hex.size(), "%04X", static_cast<unsigned>(id));
        const std::string name = ts::ca_system_name(id);
        parts.push_back(hex.data() + (name.empty() ? "" : " (" + name + ")"));
    }
    return parts.empty() ? "none" : join(parts);
}

service_state explain(const service_facts& facts) {
    if (auto signal = explain_signal(facts); !signal.word.empty())
        return signal;
    if (!facts.watched)
        return {"not_wanted", "Nothing asks for the service, so its packets are not looked at."};
    if (!facts.packets_seen)
        return {"no_packets", "The service is announced, but no packets of it have come yet."};
    if (!facts.scrambled_now)
        return {"clear", facts.ca_system_ids.empty() ? "The service is broadcast in clear."
                                                     : "The service is clear."};
    if (facts.ca_system_ids.empty())
        return {"scrambled_without_ca",
                "The service is scrambled, but its PMT names no CA system that could open it."};
    if (!facts.wanted)
        return {"not_wanted", "The service is scrambled and nothing asks for it."};
    return explain_module(facts);
}

} // namespace cihost::runtime
