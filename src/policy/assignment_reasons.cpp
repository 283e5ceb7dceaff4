// SPDX-License-Identifier: LGPL-2.1-or-later
#include "policy/assignment_reasons.hpp"

#include "base/suggestion.hpp"
#include "policy/assignment_candidates.hpp"
#include "policy/ca_system_list.hpp"

#include <algorithm>
#include <utility>

namespace cihost::policy {
namespace {

std::string slot_text(const assignment_receiver& receiver, const assignment_cam& cam) {
    return "slot " + std::to_string(cam.slot) + " of " + receiver.name +
           (cam.name.empty() ? "" : " (" + cam.name + ")");
}

std::string capital(std::string text) {
    if (!text.empty() && text[0] >= 'a' && text[0] <= 'z')
        text[0] = static_cast<char>(text[0] - 'a' + 'A');
    return text;
}

/// One without a line came from no file, but from the program that asks.
std::string ruled_out(const std::optional<rule_effect>& bar) {
    return " is ruled out by " +
           (bar && bar->rule->line > 0 ? name_of(*bar) : std::string{"the configuration"});
}

std::string joined_by_semicolons(const std::vector<std::string>& parts) {
    std::string text;
    for (const auto& part : parts)
        text += (text.empty() ? "" : "; ") + part;
    return text;
}

} // namespace

std::vector<std::string> assignment_reasons::labels_on(std::size_t receiver,
                                                       std::optional<std::size_t> cam) const {
    std::vector<std::string> labels;
    for (const auto& u : units_) {
        if (!u.pinned)
            continue;
        const auto& where = u.candidates[*u.pinned];
        if (where.receiver != receiver || (cam && where.cam != cam))
            continue;
        for (const auto i : u.wishes)
            labels.push_back(question_.wishes[i].label);
    }
    return labels;
}

std::string assignment_reasons::module_of(const assignment_candidate& where) const {
    const auto& receiver = question_.receivers[where.receiver];
    return slot_text(receiver, receiver.cams[*where.cam]);
}

/// Why this one of several, if it is no matter of who can.
std::string assignment_reasons::choice_of_modules(const assignment_unit& unit,
                                                  const assignment_candidate& where) const {
    std::size_t equal = 0;
    bool preferred = false;
    for (const auto& c : unit.candidates) {
        if (c.fit == where.fit && c.preference == where.preference && c.cam)
            ++equal;
        preferred = preferred || (c.fit == where.fit && c.preference > where.preference);
    }
    if (equal > 1)
        return ", one of " + std::to_string(equal) + " places that are equal for it";
    return preferred ? ", the CA system that is preferred" : "";
}

void assignment_reasons::serve(std::size_t unit, const assignment_wish& wish,
                               assignment_line& line) const {
    const auto& u = units_[unit];
    const auto& where = u.candidates[*u.pinned];
    const auto& receiver = question_.receivers[where.receiver];
    auto& text = line.reason;
    if (where.cam) {
        const auto& cam = receiver.cams[*where.cam];
        text = capital(module_of(where));
        if (where.fit == assignment_fit::known) {
            const auto usable = usable_systems(question_.rules, wish.service, receiver.name,
                                               cam.slot, *wish.ca_system_ids, *cam.ca_system_ids);
            text += " knows its CA system " + list_ca_systems(usable);
        } else if (where.fit == assignment_fit::takes_all) {
            text += " names no CA systems and is asked for anything";
        } else {
            text += " has not told its CA systems yet";
        }
        if (!wish.current)
            text += choice_of_modules(u, where);
    } else if (!wish.ca_system_ids) {
        text = "Its PMT is not known yet, which tells whether it needs a CAM";
    } else if (wish.ca_system_ids->empty()) {
        text = "It is broadcast in the clear and needs no CAM";
    } else {
        const auto* const rule = rule_against(question_.rules, wish.service, *wish.ca_system_ids);
        text = (rule != nullptr ? capital(name_of(rule_effect{rule, "descramble = false"}))
                                : "A rule") +
               " leaves it scrambled";
    }
    const bool left_scrambled = !where.cam && wish.ca_system_ids && !wish.ca_system_ids->empty();
    if (line.moved && was_in_vain(wish, *wish.current))
        text += "; the module that it was left to was asked for it in vain";
    else if (line.moved)
        text += "; it had to leave its place to one of higher priority, or lost it";
    else if (wish.current)
        text += left_scrambled ? "; it is received all the same"
                : was_in_vain(wish, *wish.current)
                    ? "; it was asked for it in vain, and no other CAM is free for it"
                    : "; it runs there and stays";
    else if (line.tune)
        text += "; " + receiver.name + " is tuned for it";
    else
        text += "; " + receiver.name + " receives its multiplex already";
    text += ".";
}

/// Of a receiver that could be on the service's multiplex, but has no module for it.
assignment_reasons::obstacle
assignment_reasons::module_obstacle(std::size_t receiver, const assignment_wish& wish) const {
    const auto& r = question_.receivers[receiver];
    if (r.cams.empty())
        return {barrier::module, r.name + " has no CAM"};
    std::vector<std::string> parts;
    bool ruled = false;
    std::vector<unsigned> slots;
    for (const auto& cam : r.cams)
        slots.push_back(cam.slot);
    if (const auto wrong = misplaced(question_.rules, wish.service, r.name, slots))
        parts.push_back(name_of(*wrong->rule) + " wants slot " + std::to_string(wrong->slot) +
                        " of " + r.name + ", which it does not have");
    for (const auto& cam : r.cams) {
        const bool told = cam.ca_system_ids && !cam.ca_system_ids->empty();
        const auto able = told ? usable_systems({}, wish.service, r.name, cam.slot,
                                                *wish.ca_system_ids, *cam.ca_system_ids)
                               : *wish.ca_system_ids;
        if (!cam.unusable.empty()) {
            parts.push_back(slot_text(r, cam) + " " + cam.unusable);
        } else if (!able.empty()) {
            ruled = true;
            parts.push_back(slot_text(r, cam) + ruled_out(bar_to_slot(question_.rules, wish.service,
                                                                      r.name, cam.slot, able)));
        } else {
            parts.push_back(slot_text(r, cam) + " knows " + list_ca_systems(*cam.ca_system_ids) +
                            " only");
        }
    }
    return {ruled ? barrier::rule : barrier::module, joined_by_semicolons(parts)};
}

assignment_reasons::obstacle assignment_reasons::obstacle_at(std::size_t receiver,
                                                             const assignment_wish& wish) const {
    const auto& r = question_.receivers[receiver];
    if (const auto bar = bar_to_receiver(question_.rules, wish.service, r.name))
        return {barrier::rule, r.name + ruled_out(bar)};
    if (!r.present)
        return {barrier::absent, r.name + " is absent"};
    if (std::ranges::none_of(wish.multiplexes, [&](auto m) { return can_be_on(r, m); })) {
        if (r.fixed)
            return {barrier::receiver, r.name + " is configured to stay where it is"};
        const auto first = wish.multiplexes.empty() ? 0 : wish.multiplexes.front();
        const auto needed =
            first < question_.multiplexes.size() ? question_.multiplexes[first] : "";
        return {barrier::receiver,
                r.name + " cannot receive " + (needed.empty() ? "its multiplex" : needed)};
    }
    std::vector<assignment_candidate> here;
    std::ranges::copy_if(assignment_candidates(question_, wish, false), std::back_inserter(here),
                         [&](const auto& c) { return c.receiver == receiver; });
    if (here.empty())
        return module_obstacle(receiver, wish);
    std::optional<std::size_t> held;
    for (const auto& u : units_)
        if (u.pinned && u.candidates[*u.pinned].receiver == receiver)
            held = u.candidates[*u.pinned].multiplex;
    if (held && std::ranges::none_of(here, [&](const auto& c) { return c.multiplex == *held; }))
        return {barrier::held, r.name + " is held by " + join(labels_on(receiver, std::nullopt))};
    std::vector<std::string> parts;
    for (const auto& c : here) {
        if (!c.cam || (held && c.multiplex != *held))
            continue;
        const auto labels = labels_on(receiver, c.cam);
        parts.push_back(module_of(c) + " is asked for as much as it can do" +
                        (labels.empty() ? "" : ": " + join(labels)));
    }
    if (parts.empty()) // places for it there are, each of use to one before it
        return {barrier::held, r.name + " is kept for others"};
    return {barrier::full, joined_by_semicolons(parts)};
}

std::string assignment_reasons::shortage(const std::vector<obstacle>& all,
                                         const assignment_wish& wish, assignment_line& line) const {
    const auto some = [&](barrier kind) {
        return std::ranges::any_of(all, [&](const obstacle& o) { return o.kind == kind; });
    };
    const bool all_held = !all.empty() && std::ranges::all_of(all, [](const obstacle& o) {
        return o.kind == barrier::held;
    });
    if (some(barrier::full)) {
        line.shortage = assignment_shortage::capacity;
        return "No CAM that could descramble it is free";
    }
    if (some(barrier::held)) {
        line.shortage = assignment_shortage::receiver;
        return all_held ? "All tuners are taken" : "No receiver is free";
    }
    if (some(barrier::module)) {
        line.shortage = assignment_shortage::module;
        return "No CAM descrambles its CA systems " +
               list_ca_systems(wish.ca_system_ids.value_or(std::vector<std::uint16_t>{}));
    }
    if (some(barrier::rule)) {
        line.shortage = assignment_shortage::rule;
        return "The rules of the configuration leave no place for it";
    }
    line.shortage = assignment_shortage::receiver;
    return "No receiver can be on its multiplex";
}

void assignment_reasons::leave_out(const assignment_wish& wish, assignment_line& line) const {
    std::vector<obstacle> all;
    for (std::size_t r = 0; r < question_.receivers.size(); ++r)
        if (wish.receivers.empty() || std::ranges::find(wish.receivers, r) != wish.receivers.end())
            all.push_back(obstacle_at(r, wish));
    line.reason = shortage(all, wish, line);
    for (auto& o : all)
        line.obstacles.push_back(std::move(o.text));
    line.reason += line.obstacles.empty() ? ": there is none at all."
                                          : ": " + joined_by_semicolons(line.obstacles) + ".";
}

void assignment_reasons::receive_only(const assignment_wish& wish, assignment_line& line) const {
    leave_out(wish, line);
    line.reason = "It is received, but not descrambled. " + line.reason;
}

} // namespace cihost::policy
