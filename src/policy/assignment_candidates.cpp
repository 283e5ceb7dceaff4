// SPDX-License-Identifier: LGPL-2.1-or-later
#include "policy/assignment_candidates.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace cihost::policy {
namespace {

/// What a module could do for a scrambled service; nothing: nothing.
std::optional<assignment_candidate> module_candidate(const assignment_question& question,
                                                     const assignment_wish& wish,
                                                     const assignment_receiver& receiver,
                                                     const assignment_cam& cam) {
    if (!cam.unusable.empty())
        return std::nullopt;
    assignment_candidate found;
    const bool told = cam.ca_system_ids && !cam.ca_system_ids->empty();
    found.fit = told            ? assignment_fit::known
                : cam.takes_all ? assignment_fit::takes_all
                                : assignment_fit::unknown;
    const auto known = told ? *cam.ca_system_ids : std::vector<std::uint16_t>{};
    const auto usable = usable_systems(question.rules, wish.service, receiver.name, cam.slot,
                                       *wish.ca_system_ids, known);
    if (usable.empty())
        return std::nullopt;
    found.preference = preference_of(question.rules, wish.service, usable.front());
    return found;
}

bool is_asked_for(const assignment_wish& wish, std::size_t receiver) {
    return wish.receivers.empty() ||
           std::ranges::find(wish.receivers, receiver) != wish.receivers.end();
}

/// Index of the candidate where a wish runs; nothing: it does not, or not with all it needs.
std::optional<std::size_t> running_at(const assignment_question& question,
                                      const assignment_wish& wish,
                                      const std::vector<assignment_candidate>& candidates) {
    if (wish.current && was_in_vain(wish, *wish.current))
        return std::nullopt;
    const auto here = current_candidate(question, wish, candidates);
    return here < candidates.size() ? std::optional{here} : std::nullopt;
}

/// The place that a wish has although nothing descrambles it there.
std::optional<assignment_candidate> held_by(const assignment_question& question,
                                            const assignment_wish& wish) {
    if (!wish.current || !wish.receive_scrambled || !needs_module(question, wish))
        return std::nullopt;
    const auto places = assignment_candidates(question, wish, true);
    const auto here = running_at(question, wish, places);
    return here ? std::optional{places[*here]} : std::nullopt;
}

std::vector<std::size_t> ranked(const assignment_question& question) {
    std::vector<std::size_t> order(question.wishes.size());
    for (std::size_t i = 0; i < order.size(); ++i)
        order[i] = i;
    std::ranges::stable_sort(order, {}, [&](std::size_t i) {
        const auto& w = question.wishes[i];
        return std::tuple{-w.priority, w.since};
    });
    return order;
}

bool share_place(const assignment_wish& a, const assignment_wish& b) {
    return a.service.program_number == b.service.program_number && a.multiplexes == b.multiplexes &&
           a.receivers == b.receivers && (a.current == b.current || !a.current || !b.current);
}

} // namespace

assignment_place place_of(const assignment_question& question, const assignment_candidate& where) {
    const auto& cams = question.receivers[where.receiver].cams;
    return {where.receiver,
            where.cam ? std::optional{cams[*where.cam].slot} : std::optional<unsigned>{}};
}

bool was_in_vain(const assignment_wish& wish, const assignment_place& place) {
    return std::ranges::find(wish.in_vain, place) != wish.in_vain.end();
}

bool can_be_on(const assignment_receiver& receiver, std::size_t multiplex) {
    if (receiver.fixed)
        return receiver.multiplex == multiplex;
    return multiplex < receiver.receives.size() && receiver.receives[multiplex];
}

bool needs_module(const assignment_question& question, const assignment_wish& wish) {
    return wish.ca_system_ids && !wish.ca_system_ids->empty() &&
           !never_descrambled(question.rules, wish.service, *wish.ca_system_ids);
}

std::vector<assignment_candidate> assignment_candidates(const assignment_question& question,
                                                        const assignment_wish& wish,
                                                        bool scrambled) {
    std::vector<assignment_candidate> all;
    const bool module = !scrambled && needs_module(question, wish);
    for (std::size_t r = 0; r < question.receivers.size(); ++r) {
        const auto& receiver = question.receivers[r];
        if (!receiver.present || !is_asked_for(wish, r) ||
            !may_receive(question.rules, wish.service, receiver.name))
            continue;
        for (const auto multiplex : wish.multiplexes) {
            if (!can_be_on(receiver, multiplex))
                continue;
            if (!module) {
                const auto fit =
                    wish.ca_system_ids ? assignment_fit::known : assignment_fit::unknown;
                all.push_back({.receiver = r, .multiplex = multiplex, .cam = {}, .fit = fit});
                continue;
            }
            for (std::size_t c = 0; c < receiver.cams.size(); ++c)
                if (auto found = module_candidate(question, wish, receiver, receiver.cams[c])) {
                    found->receiver = r;
                    found->multiplex = multiplex;
                    found->cam = c;
                    all.push_back(*found);
                }
        }
    }
    return all;
}

std::size_t current_candidate(const assignment_question& question, const assignment_wish& wish,
                              const std::vector<assignment_candidate>& candidates) {
    const auto it = std::ranges::find_if(candidates, [&](const assignment_candidate& c) {
        return wish.current == place_of(question, c) &&
               question.receivers[c.receiver].multiplex == c.multiplex;
    });
    return static_cast<std::size_t>(it - candidates.begin());
}

assignment_wish wish_of(const assignment_question& question, const assignment_unit& unit) {
    auto all = question.wishes[unit.wishes.front()];
    for (const auto i : unit.wishes) {
        const auto& w = question.wishes[i];
        if (!all.ca_system_ids)
            all.ca_system_ids = w.ca_system_ids;
        if (!all.current)
            all.current = w.current;
        if (all.in_vain.empty())
            all.in_vain = w.in_vain;
        if (all.service.name.empty())
            all.service.name = w.service.name;
        if (all.service.provider.empty())
            all.service.provider = w.service.provider;
        if (all.streams.size() < w.streams.size())
            all.streams = w.streams;
        all.receive_scrambled = all.receive_scrambled || w.receive_scrambled;
    }
    return all;
}

std::vector<assignment_unit> assignment_units(const assignment_question& question) {
    std::vector<assignment_unit> units;
    for (const auto i : ranked(question)) {
        const auto& wish = question.wishes[i];
        const auto same = std::ranges::find_if(units, [&](const assignment_unit& u) {
            return std::ranges::all_of(u.wishes, [&](std::size_t other) {
                return share_place(question.wishes[other], wish);
            });
        });
        if (same != units.end())
            same->wishes.push_back(i);
        else
            units.push_back({.wishes = {i}, .program_number = wish.service.program_number});
    }
    for (auto& u : units) {
        const auto wish = wish_of(question, u);
        u.streams = wish.streams;
        u.candidates = assignment_candidates(question, wish, false);
        u.current = running_at(question, wish, u.candidates);
        u.open = u.candidates.size();
        if (const auto held = held_by(question, wish)) {
            u.held = u.candidates.size();
            u.candidates.push_back(*held);
        }
    }
    std::ranges::stable_sort(units, {}, [&](const assignment_unit& u) {
        const auto& first = question.wishes[u.wishes.front()];
        return std::tuple{-first.priority, u.current ? 0 : u.held ? 1 : 2, first.since};
    });
    return units;
}

} // namespace cihost::policy
