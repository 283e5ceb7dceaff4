// SPDX-License-Identifier: LGPL-2.1-or-later
#include "policy/assignment_search.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace cihost::policy {
namespace {

/// Steps of one search, until it counts as failed.
constexpr std::size_t most_effort = 20000;

} // namespace

assignment_search::assignment_search(const assignment_question& question,
                                     std::vector<assignment_unit>& units)
    : question_{question}
    , units_{units}
    , solution_(units.size())
    , trial_(units.size())
    , loads_(question.receivers.size())
    , class_of_(question.receivers.size()) {
    for (std::size_t i = 0; i < loads_.size(); ++i)
        loads_[i].cams.resize(question.receivers[i].cams.size());
    classify();
}

/// Alike are receivers where every unit has the same candidates, with modules of the same limits.
void assignment_search::classify() {
    using reach = std::tuple<std::size_t, std::size_t, std::size_t>;
    std::vector<std::vector<reach>> signatures(class_of_.size());
    for (std::size_t u = 0; u < units_.size(); ++u)
        for (const auto& c : units_[u].candidates)
            signatures[c.receiver].emplace_back(u, c.multiplex, c.cam ? *c.cam + 1 : 0);
    const auto alike = [&](std::size_t a, std::size_t b) {
        return signatures[a] == signatures[b] &&
               std::ranges::equal(question_.receivers[a].cams, question_.receivers[b].cams,
                                  [](const assignment_cam& x, const assignment_cam& y) {
                                      return x.max_services == y.max_services &&
                                             x.max_streams == y.max_streams;
                                  });
    };
    for (auto& s : signatures)
        std::ranges::sort(s);
    for (std::size_t i = 0; i < class_of_.size(); ++i) {
        std::size_t first = 0;
        while (!alike(first, i))
            ++first;
        class_of_[i] = first;
    }
}

std::span<const std::uint16_t> assignment_search::streams_on(std::size_t unit,
                                                             const assignment_cam& cam) const {
    const std::span<const std::uint16_t> all{units_[unit].streams};
    return all.first(std::min<std::size_t>(all.size(), cam.max_streams));
}

bool assignment_search::put(std::size_t unit, const assignment_candidate& where) {
    auto& l = loads_[where.receiver];
    if (l.uses > 0 && l.multiplex != where.multiplex)
        return false;
    const auto number = units_[unit].program_number;
    const auto same = std::ranges::find(l.programs, number, &program::number);
    if (same != l.programs.end()) {
        if (same->cam != where.cam)
            return false;
        ++same->uses;
    } else {
        if (where.cam) {
            const auto& cam = question_.receivers[where.receiver].cams[*where.cam];
            auto& used = l.cams[*where.cam];
            if (cam.max_services > 0 && used.services >= cam.max_services)
                return false;
            const auto streams = streams_on(unit, cam);
            const auto further = std::ranges::count_if(
                streams, [&](std::uint16_t pid) { return !used.streams.contains(pid); });
            if (used.streams.size() + static_cast<std::size_t>(further) > cam.max_streams &&
                cam.max_streams > 0)
                return false;
            ++used.services;
            for (const auto pid : streams)
                ++used.streams[pid];
        }
        l.programs.push_back({number, where.cam, 1});
    }
    ++l.uses;
    l.multiplex = where.multiplex;
    return true;
}

void assignment_search::take(std::size_t unit, const assignment_candidate& where) {
    auto& l = loads_[where.receiver];
    const auto same = std::ranges::find(l.programs, units_[unit].program_number, &program::number);
    --l.uses;
    if (--same->uses > 0)
        return;
    if (where.cam) {
        auto& used = l.cams[*where.cam];
        --used.services;
        for (const auto pid : streams_on(unit, question_.receivers[where.receiver].cams[*where.cam]))
            if (const auto shared = used.streams.find(pid); --shared->second == 0)
                used.streams.erase(shared);
    }
    l.programs.erase(same);
}

void assignment_search::reset() {
    for (auto& l : loads_) {
        l.uses = 0;
        l.programs.clear();
        std::ranges::fill(l.cams, load::of_cam{});
    }
}

bool assignment_search::extend(std::size_t unit) {
    reset();
    for (const auto u : admitted_)
        if (u != unit && !put(u, units_[u].candidates[solution_[u]]))
            return false;
    const auto& candidates = units_[unit].candidates;
    const auto& pinned = units_[unit].pinned;
    for (std::size_t c = pinned.value_or(0); c < units_[unit].open || pinned; ++c) {
        if (put(unit, candidates[c])) {
            solution_[unit] = c;
            return true;
        }
        if (pinned)
            break;
    }
    return false;
}

bool assignment_search::solve() {
    reset();
    order_ = admitted_;
    // who has least choice first; a place that worked before may work again
    std::ranges::stable_sort(order_, {},
                             [&](std::size_t u) { return units_[u].pinned ? 1 : units_[u].open; });
    effort_ = 0;
    if (!descend(0))
        return false;
    solution_ = trial_;
    return true;
}

bool assignment_search::descend(std::size_t depth) {
    if (depth == order_.size())
        return true;
    const auto unit = order_[depth];
    const auto& u = units_[unit];
    /// Class of receiver, multiplex, module.
    std::vector<std::tuple<std::size_t, std::size_t, std::optional<std::size_t>>> failed;
    for (std::size_t c = u.pinned.value_or(0); c < u.open || u.pinned; ++c) {
        const auto& where = u.candidates[c];
        if (++effort_ > most_effort)
            return false;
        const bool untouched = loads_[where.receiver].uses == 0;
        const std::tuple kind{class_of_[where.receiver], where.multiplex, where.cam};
        // one like it was of no use either
        const bool vain = untouched && std::ranges::find(failed, kind) != failed.end();
        if (!vain && put(unit, where)) {
            trial_[unit] = c;
            if (descend(depth + 1))
                return true;
            take(unit, where);
        }
        if (untouched && !vain)
            failed.push_back(kind);
        if (u.pinned)
            break;
    }
    return false;
}

bool assignment_search::admit(std::size_t unit) {
    if (units_[unit].open == 0 && !units_[unit].pinned)
        return false;
    if (extend(unit)) {
        admitted_.push_back(unit);
        return true;
    }
    admitted_.push_back(unit);
    if (solve())
        return true;
    admitted_.pop_back();
    return false;
}

bool assignment_search::restrict(std::size_t unit, std::size_t open) {
    auto& u = units_[unit];
    const auto before = std::exchange(u.open, open);
    if (solution_[unit] < open || (open > 0 && (extend(unit) || solve())))
        return true;
    u.open = before;
    return false;
}

bool assignment_search::pin(std::size_t unit, std::size_t candidate) {
    auto& u = units_[unit];
    const auto before = std::exchange(u.pinned, candidate);
    const bool known = std::ranges::find(admitted_, unit) != admitted_.end();
    if (!known ? admit(unit) : solution_[unit] == candidate || extend(unit) || solve())
        return true;
    u.pinned = before;
    return false;
}

} // namespace cihost::policy
