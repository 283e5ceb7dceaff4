// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/config_assign.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>
#include <vector>

namespace cihost::daemon {
namespace {

constexpr std::string_view allowed_service =
    "a program number (1 to 65535), or the name of a service in quotes";
constexpr std::string_view allowed_targets =
    "a receiver or one of its slots in quotes, such as \"roof\" or \"roof:1\", or a list of them";
constexpr std::string_view allowed_system = "1 to 65535, such as 0x0500";
constexpr std::string_view allowed_rule_systems = "a list of CA systems, such as [0x0500, 0x1830]";
constexpr std::string_view allowed_effects = "'only', 'avoid', 'prefer', 'descramble = false'";
constexpr std::string_view allowed_priority = "0 to 1000; the greater goes first";

/// A colon and digits at the end name a slot.
policy::assignment_target target_of(const std::string& text) {
    const auto colon = text.rfind(':');
    if (colon == std::string::npos || colon == 0)
        return {text, std::nullopt};
    const auto digits = text.substr(colon + 1);
    if (digits.empty() || digits.size() > 2 ||
        !std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; }))
        return {text, std::nullopt};
    return {text.substr(0, colon), static_cast<unsigned>(std::stoul(digits))};
}

std::vector<policy::assignment_target> read_targets(config_reader& r, std::string_view key) {
    std::vector<policy::assignment_target> targets;
    const auto* const node = r.find(key);
    if (node == nullptr)
        return targets;
    const auto add = [&](const toml::node& entry) {
        if (const auto* const text = entry.as_string(); text != nullptr && !text->get().empty())
            targets.push_back(target_of(text->get()));
        else
            r.reject(entry, key, type_sentence(entry), allowed_targets);
    };
    if (const auto* const list = node->as_array()) {
        if (list->empty())
            r.reject(*node, key, "is empty.", allowed_targets);
        for (const auto& entry : *list)
            add(entry);
    } else {
        add(*node);
    }
    return targets;
}

void read_service(config_reader& r, policy::assignment_rule& rule) {
    const auto* const node = r.find("service");
    if (node == nullptr)
        return;
    if (const auto* const number = node->as_integer();
        number != nullptr && number->get() >= 1 && number->get() <= 65535)
        rule.program_number = static_cast<std::uint16_t>(number->get());
    else if (const auto* const name = node->as_string(); name != nullptr && !name->get().empty())
        rule.service_name = name->get();
    else
        r.reject(*node, "service", "is no service.", allowed_service);
}

std::vector<std::uint16_t> read_preference(config_reader& r) {
    std::vector<std::uint16_t> ids;
    const auto* const node = r.find("prefer");
    if (node == nullptr)
        return ids;
    const auto* const list = node->as_array();
    if (list == nullptr || list->empty()) {
        r.reject(*node, "prefer", list == nullptr ? type_sentence(*node) : "is empty.",
                 allowed_rule_systems);
        return ids;
    }
    for (const auto& entry : *list) {
        const auto* const number = entry.as_integer();
        if (number != nullptr && number->get() >= 1 && number->get() <= 65535)
            ids.push_back(static_cast<std::uint16_t>(number->get()));
        else
            r.reject(entry, "prefer", "has an entry that is no CA system.", allowed_rule_systems);
    }
    return ids;
}

std::string hex(std::uint16_t id) {
    std::array<char, 5> text{};
    std::snprintf(text.data(), text.size(), "%04X", static_cast<unsigned>(id));
    return text.data();
}

std::string list_of(const std::vector<policy::assignment_target>& targets) {
    std::string text;
    for (const auto& t : targets)
        text += (text.empty() ? "" : ", ") + to_string(t);
    return text;
}

} // namespace

policy::assignment_rule read_assign(config_reader& r) {
    policy::assignment_rule rule;
    read_service(r, rule);
    rule.provider = r.text("provider", "the name of a provider, in quotes");
    if (const auto id = r.integer("ca_system", 1, 65535, allowed_system))
        rule.ca_system_id = static_cast<std::uint16_t>(*id);
    rule.only = read_targets(r, "only");
    rule.avoid = read_targets(r, "avoid");
    rule.prefer = read_preference(r);
    const auto descramble = r.flag("descramble");
    rule.never_descramble = descramble == false;
    if (r.find("only") == nullptr && r.find("avoid") == nullptr && r.find("prefer") == nullptr &&
        !descramble)
        r.missing("only", allowed_effects);
    return rule;
}

policy::assignment_priorities read_priorities(config_reader& r) {
    policy::assignment_priorities value;
    const auto read = [&](std::string_view key, int& to) {
        if (const auto number = r.integer(key, 0, 1000, allowed_priority))
            to = static_cast<int>(*number);
    };
    read("recording", value.recording);
    read("viewer", value.viewer);
    read("visit", value.visit);
    return value;
}

std::string to_string(const policy::assignment_target& target) {
    return target.receiver + (target.slot ? ":" + std::to_string(*target.slot) : "");
}

std::string describe(const policy::assignment_rules& rules) {
    std::string text;
    for (const auto& rule : rules) {
        std::string who = "services";
        if (rule.program_number)
            who = "service " + std::to_string(*rule.program_number);
        else if (rule.service_name)
            who = "service '" + *rule.service_name + "'";
        if (rule.provider)
            who += " of '" + *rule.provider + "'";
        if (rule.ca_system_id)
            who += " by CA system " + hex(*rule.ca_system_id);
        const auto line = [&](const std::string& what) { text += who + ": " + what + "\n"; };
        if (!rule.only.empty())
            line("only on " + list_of(rule.only));
        if (!rule.avoid.empty())
            line("not on " + list_of(rule.avoid));
        if (rule.never_descramble)
            line("never descrambled");
        std::string order;
        for (const auto id : rule.prefer)
            order += (order.empty() ? "" : ", ") + hex(id);
        if (!order.empty())
            line("preferred CA systems " + order);
    }
    return text;
}

} // namespace cihost::daemon
