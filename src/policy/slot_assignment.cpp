// SPDX-License-Identifier: LGPL-2.1-or-later
#include "policy/slot_assignment.hpp"

#include <algorithm>
#include <utility>

namespace cihost::policy {
namespace {

std::optional<unsigned> waiting_slot(const std::vector<slot_module>& modules) {
    const auto there =
        std::ranges::find_if(modules, [](const slot_module& m) { return m.cam.unusable.empty(); });
    if (there != modules.end())
        return there->cam.slot;
    return modules.empty() ? std::nullopt : std::optional{modules.front().cam.slot};
}

slot_module module_in(unsigned slot, const receiver_slot& in) {
    slot_module m;
    m.state = in.host.state();
    m.cam.slot = slot;
    m.cam.unusable = unusable_text(m.state);
    if (const auto& application = in.host.application())
        m.cam.name = application->menu_string;
    m.cam.ca_system_ids = in.plan.ca_system_ids();
    m.cam.takes_all = in.plan.unfiltered();
    // what is tried at the moment is not what holds
    m.cam.max_services = in.host.asked_as().max_services;
    m.cam.max_streams = in.host.asked_as().max_streams;
    m.cam.waits_for_answer = in.host.waits_for_answer();
    return m;
}

/// Nothing is left to try for the service that the module, or services that run, would bear.
bool asked_in_vain(const module_host& host, std::uint16_t program_number) {
    const auto* const status = host.recovery(program_number);
    return status != nullptr &&
           (status->state == recovery_state::given_up || status->hold == recovery_hold::refused ||
            status->hold == recovery_hold::running_services);
}

bool may_know(const slot_module& m, const slot_wish& wish) {
    return m.cam.unusable.empty() && m.cam.ca_system_ids &&
           std::ranges::any_of(*m.cam.ca_system_ids, [&](auto id) {
               return std::ranges::find(wish.ca_system_ids, id) != wish.ca_system_ids.end();
           });
}

std::optional<unsigned> slot_asked(std::uint16_t program_number,
                                   const std::vector<receiver_slot>& slots) {
    std::optional<unsigned> asked;
    for (std::size_t slot = 0; slot < slots.size(); ++slot) {
        const auto& [host, plan] = slots[slot];
        const auto status = plan.status(program_number);
        // one that hesitates, or begins anew for the sake of a service, keeps what it has
        if (status &&
            ((host.talking() && status->phase == service_phase::requested) || host.recovering()))
            asked = static_cast<unsigned>(slot);
    }
    return asked;
}

} // namespace

std::string unusable_text(slot_state state) {
    if (state == slot_state::empty)
        return "is empty";
    if (state == slot_state::no_ca_support)
        return "offers no CA Support";
    if (state == slot_state::failed)
        return "does not come to a conversation";
    return {};
}

void slot_assignment::decide(const std::vector<slot_wish>& wishes,
                             const std::vector<slot_module>& modules) {
    assignment_question question;
    question.rules = rules_;
    question.multiplexes = {""};
    assignment_receiver receiver;
    receiver.name = receiver_;
    receiver.fixed = true;
    receiver.multiplex = 0;
    for (const auto& m : modules)
        receiver.cams.push_back(m.cam);
    question.receivers.push_back(std::move(receiver));
    for (const auto& w : wishes) {
        assignment_wish wish;
        wish.label = w.service.name.empty() ? "service " + std::to_string(w.service.program_number)
                                            : w.service.name;
        wish.service = w.service;
        wish.multiplexes = {0};
        wish.ca_system_ids = w.ca_system_ids;
        wish.streams = w.streams;
        wish.priority = w.priority;
        wish.since = w.since;
        wish.receive_scrambled = true;
        if (w.asked)
            wish.current = assignment_place{0, w.asked};
        const auto tried = [&](const slot_module& m) {
            return std::ranges::find(w.in_vain, m.cam.slot) != w.in_vain.end();
        };
        if (std::ranges::any_of(modules,
                                [&](const slot_module& m) { return !tried(m) && may_know(m, w); }))
            for (const auto slot : w.in_vain)
                wish.in_vain.push_back({0, slot});
        question.wishes.push_back(std::move(wish));
    }
    auto answer = policy::assign(question);
    decisions_.clear();
    for (std::size_t i = 0; i < wishes.size(); ++i) {
        auto& line = answer.lines[i];
        decision d;
        d.slot = line.place ? line.place->slot : std::nullopt;
        if (line.shortage == assignment_shortage::module)
            d.slot = waiting_slot(modules);
        d.ca_system_ids = std::move(line.ca_system_ids);
        d.shortage = line.shortage;
        // left scrambled by order, which is no shortage for those who only receive it
        if (!d.slot && d.shortage == assignment_shortage::none)
            d.shortage = assignment_shortage::rule;
        d.reason = std::move(line.reason);
        decisions_[wishes[i].service.program_number] = std::move(d);
    }
}

void slot_assignment::assign(std::vector<slot_wish> wishes,
                             const std::map<std::uint16_t, time_point>& wanted,
                             const std::vector<receiver_slot>& slots, time_point now) {
    note_in_vain(wanted, slots);
    for (auto& wish : wishes) {
        wish.asked = slot_asked(wish.service.program_number, slots);
        if (const auto found = in_vain_.find(wish.service.program_number); found != in_vain_.end())
            for (const auto& [slot, conversation] : found->second)
                wish.in_vain.push_back(slot);
    }
    std::vector<slot_module> modules;
    for (const auto& slot : slots)
        modules.push_back(module_in(static_cast<unsigned>(modules.size()), slot));
    decide(wishes, modules);
    for (std::size_t slot = 0; slot < slots.size(); ++slot) {
        auto& plan = slots[slot].plan;
        const auto belongs = [&](std::uint16_t program) { return of(program).slot == slot; };
        const auto asked = plan.wanted();
        for (const auto program : asked)
            if (!wanted.contains(program) || (knows(program) && !belongs(program)))
                plan.unwant(program, now);
        for (const auto& [program, since] : wanted) {
            if (!knows(program) || !belongs(program))
                continue;
            plan.want(program, since);
            plan.use_systems(program, of(program).ca_system_ids, now);
        }
    }
}

/// For as long as the module stays in the conversation, and the service wanted; and scrambled: one
/// that has become clear after all must not be moved.
void slot_assignment::note_in_vain(const std::map<std::uint16_t, time_point>& wanted,
                                   const std::vector<receiver_slot>& slots) {
    std::erase_if(in_vain_, [&](const auto& item) { return !wanted.contains(item.first); });
    for (auto& [program, tried] : in_vain_)
        std::erase_if(tried, [&, number = program](const auto& item) {
            return item.first >= slots.size() ||
                   slots[item.first].host.conversation() != item.second ||
                   slots[item.first].host.clear(number);
        });
    for (unsigned slot = 0; slot < slots.size(); ++slot)
        for (const auto program : slots[slot].plan.wanted())
            if (asked_in_vain(slots[slot].host, program))
                in_vain_[program][slot] = slots[slot].host.conversation();
}

const slot_assignment::decision& slot_assignment::of(std::uint16_t program_number) const {
    static const decision none;
    const auto found = decisions_.find(program_number);
    return found == decisions_.end() ? none : found->second;
}

} // namespace cihost::policy
