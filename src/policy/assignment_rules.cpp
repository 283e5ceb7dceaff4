// SPDX-License-Identifier: LGPL-2.1-or-later
#include "policy/assignment_rules.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>

namespace cihost::policy {
namespace {

char ascii_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_word(const std::string& a, const std::string& b) {
    return std::ranges::equal(a, b, {}, ascii_lower, ascii_lower);
}

bool rule_fits(const assignment_rule& rule, const assignment_service& service) {
    return (!rule.program_number || *rule.program_number == service.program_number) &&
           (!rule.service_name || same_word(*rule.service_name, service.name)) &&
           (!rule.provider || same_word(*rule.provider, service.provider));
}

bool rule_is_for(const assignment_rule& rule, std::optional<std::uint16_t> ca_system_id) {
    return !rule.ca_system_id || rule.ca_system_id == ca_system_id;
}

bool names_slot(const std::vector<assignment_target>& targets, const std::string& receiver,
                unsigned slot) {
    return std::ranges::any_of(targets, [&](const auto& t) {
        return t.receiver == receiver && t.slot.value_or(slot) == slot;
    });
}

/// The key by which it says no to a slot; null: it does not.
const char* slot_bar(const assignment_rule& rule, const std::string& receiver, unsigned slot) {
    if (rule.never_descramble)
        return "descramble = false";
    if (!rule.only.empty() && !names_slot(rule.only, receiver, slot))
        return "only";
    return names_slot(rule.avoid, receiver, slot) ? "avoid" : nullptr;
}

/// The same of a receiver. A rule for a CA system says nothing of receiving, nor does one for a
/// single slot avoided.
const char* receiver_bar(const assignment_rule& rule, const std::string& receiver) {
    if (rule.ca_system_id)
        return nullptr;
    const auto named = [&](const auto& t) { return t.receiver == receiver; };
    if (!rule.only.empty() && std::ranges::none_of(rule.only, named))
        return "only";
    return std::ranges::any_of(rule.avoid, [&](const auto& t) { return named(t) && !t.slot; })
               ? "avoid"
               : nullptr;
}

std::optional<rule_effect> slot_bar(const assignment_rules& rules,
                                    const assignment_service& service, const std::string& receiver,
                                    unsigned slot, std::optional<std::uint16_t> ca_system_id) {
    for (const auto& rule : rules)
        if (rule_fits(rule, service) && rule_is_for(rule, ca_system_id))
            if (const auto* const key = slot_bar(rule, receiver, slot))
                return rule_effect{&rule, key};
    return std::nullopt;
}

const std::vector<std::uint16_t>* preference(const assignment_rules& rules,
                                             const assignment_service& service) {
    const auto it = std::ranges::find_if(
        rules, [&](const auto& rule) { return !rule.prefer.empty() && rule_fits(rule, service); });
    return it == rules.end() ? nullptr : &it->prefer;
}

} // namespace

bool may_receive(const assignment_rules& rules, const assignment_service& service,
                 const std::string& receiver) {
    return !bar_to_receiver(rules, service, receiver);
}

bool may_descramble(const assignment_rules& rules, const assignment_service& service,
                    const std::string& receiver, unsigned slot, std::uint16_t ca_system_id) {
    return !slot_bar(rules, service, receiver, slot, ca_system_id);
}

bool may_descramble(const assignment_rules& rules, const assignment_service& service,
                    const std::string& receiver, unsigned slot) {
    return !slot_bar(rules, service, receiver, slot, std::nullopt);
}

bool never_descrambled(const assignment_rules& rules, const assignment_service& service,
                       std::span<const std::uint16_t> ca_system_ids) {
    return !ca_system_ids.empty() && std::ranges::all_of(ca_system_ids, [&](std::uint16_t id) {
        return std::ranges::any_of(rules, [&](const auto& rule) {
            return rule.never_descramble && rule_fits(rule, service) && rule_is_for(rule, id);
        });
    });
}

const assignment_rule* rule_against(const assignment_rules& rules,
                                    const assignment_service& service,
                                    std::span<const std::uint16_t> ca_system_ids) {
    if (!never_descrambled(rules, service, ca_system_ids))
        return nullptr;
    return &*std::ranges::find_if(rules, [&](const auto& rule) {
        return rule.never_descramble && rule_fits(rule, service) &&
               rule_is_for(rule, ca_system_ids.front());
    });
}

std::optional<misplaced_target> misplaced(const assignment_rules& rules,
                                          const assignment_service& service,
                                          const std::string& receiver,
                                          std::span<const unsigned> slots) {
    for (const auto& rule : rules)
        for (const auto& target : rule.only)
            if (rule_fits(rule, service) && target.receiver == receiver && target.slot &&
                std::ranges::find(slots, *target.slot) == slots.end())
                return misplaced_target{&rule, *target.slot};
    return std::nullopt;
}

std::string name_of(const assignment_rule& rule) {
    return rule.line == 0
               ? "a rule of the configuration"
               : "the rule in line " + std::to_string(rule.line) + " of the configuration";
}

std::optional<rule_effect> bar_to_receiver(const assignment_rules& rules,
                                           const assignment_service& service,
                                           const std::string& receiver) {
    for (const auto& rule : rules)
        if (rule_fits(rule, service))
            if (const auto* const key = receiver_bar(rule, receiver))
                return rule_effect{&rule, key};
    return std::nullopt;
}

std::optional<rule_effect> bar_to_slot(const assignment_rules& rules,
                                       const assignment_service& service,
                                       const std::string& receiver, unsigned slot,
                                       std::span<const std::uint16_t> ca_system_ids) {
    for (const auto id : ca_system_ids)
        if (const auto bar = slot_bar(rules, service, receiver, slot, id))
            return bar;
    return slot_bar(rules, service, receiver, slot, std::nullopt);
}

std::string name_of(const rule_effect& effect) {
    return name_of(*effect.rule) + " (" + effect.key + ")";
}

std::size_t preference_of(const assignment_rules& rules, const assignment_service& service,
                          std::uint16_t ca_system_id) {
    const auto* const order = preference(rules, service);
    if (order == nullptr)
        return 0;
    return static_cast<std::size_t>(std::ranges::find(*order, ca_system_id) - order->begin());
}

std::vector<std::uint16_t> usable_systems(const assignment_rules& rules,
                                          const assignment_service& service,
                                          const std::string& receiver, unsigned slot,
                                          std::span<const std::uint16_t> of_service,
                                          std::span<const std::uint16_t> known) {
    std::vector<std::uint16_t> usable;
    for (const auto id : of_service)
        if ((known.empty() || std::ranges::find(known, id) != known.end()) &&
            may_descramble(rules, service, receiver, slot, id))
            usable.push_back(id);
    const auto* const order = preference(rules, service);
    if (order == nullptr)
        return usable;
    for (const auto id : *order)
        if (std::ranges::find(usable, id) != usable.end())
            return {id};
    return usable;
}

} // namespace cihost::policy
