// SPDX-License-Identifier: LGPL-2.1-or-later
#include "policy/assignment.hpp"

#include "policy/assignment_candidates.hpp"
#include "policy/assignment_reasons.hpp"
#include "policy/assignment_search.hpp"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

namespace cihost::policy {
namespace {

class assigner {
  public:
    explicit assigner(const assignment_question& question)
        : question_{question}
        , units_{assignment_units(question)}
        , search_{question_, units_}
        , served_(units_.size()) {}

    assignment_answer answer() {
        for (std::size_t u = 0; u < units_.size(); ++u) {
            // those that are received only hold that all together before any gets more
            if (const auto end = end_of_holders(u); end > u) {
                const auto begin = u;
                for (; u < end; ++u)
                    served_[u] = hold(u);
                for (u = begin; u < end; ++u)
                    served_[u] = served_[u] ? improve(u) : admit(u);
                --u;
            } else {
                served_[u] = admit(u);
            }
        }
        for (std::size_t u = 0; u < units_.size(); ++u)
            if (served_[u] && !units_[u].pinned)
                choose(u);
        return tell();
    }

  private:
    bool holds(std::size_t unit) const { return !units_[unit].current && units_[unit].held; }
    int priority_of(std::size_t unit) const {
        return question_.wishes[units_[unit].wishes.front()].priority;
    }

    /// Behind the units of the same priority, from this one on, that are received only.
    std::size_t end_of_holders(std::size_t unit) const {
        auto end = unit;
        while (end < units_.size() && holds(end) && priority_of(end) == priority_of(unit))
            ++end;
        return end;
    }

    /// What it has, or better.
    bool hold(std::size_t unit) {
        auto& u = units_[unit];
        const auto better = std::exchange(u.open, u.candidates.size());
        if (search_.admit(unit))
            return true;
        u.open = better;
        return false;
    }
    bool improve(std::size_t unit) {
        const auto held = *units_[unit].held;
        return search_.restrict(unit, held) || search_.pin(unit, held);
    }

    bool admit(std::size_t unit) {
        auto& u = units_[unit];
        if ((u.current && search_.pin(unit, *u.current)) || search_.admit(unit))
            return true;
        const auto wish = wish_of(question_, u);
        if (!wish.receive_scrambled || !needs_module(question_, wish))
            return false;
        const auto before = u;
        u.candidates = assignment_candidates(question_, wish, true);
        u.open = u.candidates.size();
        search_.candidates_changed();
        if (search_.admit(unit))
            return true;
        u = before;
        search_.candidates_changed();
        return false;
    }

    /// The best place that leaves all others one.
    void choose(std::size_t unit) {
        const auto wish = wish_of(question_, units_[unit]);
        std::vector<std::size_t> order(units_[unit].open);
        for (std::size_t i = 0; i < order.size(); ++i)
            order[i] = i;
        std::ranges::stable_sort(
            order, {}, [&](std::size_t c) { return drawbacks(units_[unit].candidates[c], wish); });
        for (const auto c : order)
            if (search_.pin(unit, c))
                return;
    }

    /// Where decided units have the receiver; nothing: none does.
    std::optional<std::size_t> multiplex_of(std::size_t receiver) const {
        for (const auto& u : units_)
            if (u.pinned && u.candidates[*u.pinned].receiver == receiver)
                return u.candidates[*u.pinned].multiplex;
        return std::nullopt;
    }

    std::size_t services_at(const assignment_candidate& where) const {
        std::set<std::uint16_t> programs;
        for (const auto& u : units_)
            if (u.pinned && u.candidates[*u.pinned].receiver == where.receiver &&
                u.candidates[*u.pinned].cam == where.cam)
                programs.insert(u.program_number);
        return programs.size();
    }

    bool serves_already(const assignment_candidate& where, std::uint16_t program_number) const {
        return std::ranges::any_of(units_, [&](const assignment_unit& u) {
            return u.pinned && u.program_number == program_number &&
                   u.candidates[*u.pinned].receiver == where.receiver &&
                   u.candidates[*u.pinned].multiplex == where.multiplex;
        });
    }

    /// The fewer the better, the first ones above all.
    std::tuple<bool, bool, bool, int, std::size_t, bool, bool, std::size_t, std::ptrdiff_t, bool,
               std::size_t>
    drawbacks(const assignment_candidate& where, const assignment_wish& wish) const {
        const auto& receiver = question_.receivers[where.receiver];
        const auto decided = multiplex_of(where.receiver);
        const auto modules = std::ranges::count_if(
            receiver.cams, [](const auto& cam) { return cam.unusable.empty(); });
        const auto listed = std::ranges::find(wish.multiplexes, where.multiplex);
        return {was_in_vain(wish, place_of(question_, where)),
                where.cam && receiver.cams[*where.cam].waits_for_answer,
                !serves_already(where, wish.service.program_number), -static_cast<int>(where.fit),
                where.preference, wish.current && wish.current->receiver != where.receiver,
                (decided ? decided : receiver.multiplex) != where.multiplex,
                static_cast<std::size_t>(listed - wish.multiplexes.begin()),
                // who may need a module, and who certainly needs none
                where.cam             ? 0
                : !wish.ca_system_ids ? -modules
                                      : modules,
                receiver.multiplex && receiver.multiplex != where.multiplex, services_at(where)};
    }

    assignment_answer tell() const {
        assignment_answer all;
        all.lines.resize(question_.wishes.size());
        for (std::size_t u = 0; u < units_.size(); ++u) {
            const auto wish = wish_of(question_, units_[u]);
            for (const auto i : units_[u].wishes)
                all.lines[i] = line(u, wish);
        }
        for (std::size_t r = 0; r < question_.receivers.size(); ++r)
            if (const auto where = multiplex_of(r);
                where && where != question_.receivers[r].multiplex)
                all.tunes.push_back({r, *where});
        return all;
    }

    assignment_line line(std::size_t unit, const assignment_wish& wish) const {
        assignment_line line;
        const auto& u = units_[unit];
        const assignment_reasons why{question_, units_};
        if (!served_[unit]) {
            why.leave_out(wish, line);
            return line;
        }
        const auto& where = u.candidates[*u.pinned];
        const auto& receiver = question_.receivers[where.receiver];
        line.place = assignment_place{where.receiver, std::nullopt};
        line.multiplex = where.multiplex;
        line.tune = receiver.multiplex != where.multiplex;
        if (where.cam) {
            const auto& cam = receiver.cams[*where.cam];
            line.place->slot = cam.slot;
            line.ca_system_ids = ordered_systems(wish, receiver, cam, where.fit);
        }
        line.moved = wish.current && wish.current != line.place;
        if (!where.cam && needs_module(question_, wish))
            why.receive_only(wish, line);
        else
            why.serve(unit, wish, line);
        return line;
    }

    /// Nothing when no rule takes anything away.
    std::vector<std::uint16_t> ordered_systems(const assignment_wish& wish,
                                               const assignment_receiver& receiver,
                                               const assignment_cam& cam,
                                               assignment_fit fit) const {
        const auto known =
            fit == assignment_fit::known ? *cam.ca_system_ids : std::vector<std::uint16_t>{};
        const auto with = [&](const assignment_rules& rules) {
            return usable_systems(rules, wish.service, receiver.name, cam.slot, *wish.ca_system_ids,
                                  known);
        };
        auto usable = with(question_.rules);
        return usable == with({}) ? std::vector<std::uint16_t>{} : usable;
    }

    const assignment_question& question_;
    std::vector<assignment_unit> units_;
    assignment_search search_;
    /// By unit; not vector<bool>, whose elements are no bools.
    std::vector<char> served_;
};

} // namespace

assignment_answer assign(const assignment_question& question) {
    return assigner{question}.answer();
}

} // namespace cihost::policy
