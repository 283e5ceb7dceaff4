// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "policy/assignment.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace cihost::test {

/// Random questions, the same for the same seed on every machine.
class assignment_world {
  public:
    explicit assignment_world(unsigned seed)
        : random_{seed} {}

    std::size_t below(std::size_t n) { return random_() % n; }
    bool one_in(std::size_t n) { return below(n) == 0; }

    static constexpr std::size_t multiplexes = 3;

    policy::assignment_cam cam(unsigned slot) {
        policy::assignment_cam c;
        c.slot = slot;
        if (one_in(8))
            c.unusable = "is empty";
        if (!one_in(8))
            c.ca_system_ids = systems(false);
        c.takes_all = !c.ca_system_ids && one_in(2);
        c.max_services = static_cast<unsigned>(below(3));
        c.max_streams = one_in(2) ? 0 : static_cast<unsigned>(3 + below(4));
        return c;
    }
    policy::assignment_receiver receiver(std::size_t number) {
        policy::assignment_receiver r;
        r.name = "r" + std::to_string(number);
        r.present = !one_in(8);
        r.fixed = one_in(5);
        if (r.fixed || one_in(3))
            r.multiplex = below(multiplexes);
        for (std::size_t m = 0; m < multiplexes; ++m)
            r.receives.push_back(!one_in(6));
        for (std::size_t c = below(3); c > 0; --c)
            r.cams.push_back(cam(static_cast<unsigned>(r.cams.size())));
        return r;
    }
    policy::assignment_wish wish(std::uint16_t program) {
        policy::assignment_wish w;
        w.label = "wish " + std::to_string(program);
        w.service.program_number = program;
        w.service.provider = one_in(2) ? "P" : "Q";
        w.multiplexes.push_back(below(multiplexes));
        if (const auto other = below(multiplexes); one_in(4) && other != w.multiplexes[0])
            w.multiplexes.push_back(other);
        if (!one_in(6))
            w.ca_system_ids = systems(one_in(4));
        for (auto n = 1 + below(4); w.streams.size() < n;)
            if (const auto pid = static_cast<std::uint16_t>(0x100 + below(6));
                std::find(w.streams.begin(), w.streams.end(), pid) == w.streams.end())
                w.streams.push_back(pid);
        w.priority = static_cast<int>(10 * (1 + below(3)));
        w.since = time_point{} + std::chrono::seconds{below(5)};
        w.receive_scrambled = one_in(3);
        return w;
    }
    policy::assignment_rule rule(const std::vector<policy::assignment_receiver>& receivers) {
        policy::assignment_rule r;
        if (one_in(2))
            r.provider = "P";
        if (one_in(3))
            r.ca_system_id = static_cast<std::uint16_t>(1 + below(3));
        policy::assignment_target target{receivers[below(receivers.size())].name, std::nullopt};
        if (one_in(2))
            target.slot = static_cast<unsigned>(below(2));
        switch (below(4)) {
        case 0:
            r.only = {target};
            break;
        case 1:
            r.avoid = {target};
            break;
        case 2:
            r.never_descramble = true;
            break;
        default:
            r.prefer = {static_cast<std::uint16_t>(1 + below(3))};
        }
        return r;
    }
    policy::assignment_question question(std::size_t most_receivers) {
        policy::assignment_question q;
        q.multiplexes = {"DVB-T", "DVB-S", "DVB-C"};
        for (std::size_t i = 1 + below(most_receivers); i > 0; --i)
            q.receivers.push_back(receiver(q.receivers.size()));
        for (std::size_t i = below(3); i > 0; --i)
            q.rules.push_back(rule(q.receivers));
        return q;
    }

  private:
    std::vector<std::uint16_t> systems(bool none) {
        std::vector<std::uint16_t> ids;
        for (std::uint16_t id = 1; id <= 3 && !none; ++id)
            if (one_in(2))
                ids.push_back(id);
        if (ids.empty() && !none)
            ids.push_back(static_cast<std::uint16_t>(1 + below(3)));
        return ids;
    }

    std::mt19937 random_;
};

/// What is wrong with places for the wishes of a question; empty: nothing. By the definitions, with
/// nothing of what found the places.
inline std::string fault_of(const policy::assignment_question& q,
                            const std::vector<std::optional<policy::assignment_line>>& lines) {
    std::map<std::size_t, std::size_t> tuned;
    /// Services with their streams, by receiver and slot.
    std::map<std::pair<std::size_t, unsigned>,
             std::map<std::uint16_t, std::vector<std::uint16_t>>>
        asked;
    std::map<std::pair<std::size_t, std::uint16_t>, std::optional<unsigned>> slots;
    for (std::size_t i = 0; i < q.wishes.size(); ++i) {
        if (!lines[i] || !lines[i]->place)
            continue;
        const auto& w = q.wishes[i];
        const auto& [receiver, slot] = *lines[i]->place;
        const auto m = lines[i]->multiplex;
        const auto& r = q.receivers[receiver];
        if (!r.present || !policy::may_receive(q.rules, w.service, r.name))
            return w.label + " is where it must not be";
        if (r.fixed ? r.multiplex != m : !r.receives[m])
            return w.label + " is on a multiplex that its receiver cannot be on";
        if (std::find(w.multiplexes.begin(), w.multiplexes.end(), m) == w.multiplexes.end())
            return w.label + " is on a multiplex that does not have it";
        if (!tuned.emplace(receiver, m).second && tuned[receiver] != m)
            return r.name + " is on two multiplexes";
        if (const auto [at, first] =
                slots.emplace(std::pair{receiver, w.service.program_number}, slot);
            !first && at->second != slot)
            return w.label + " is asked of two modules";
        if (!slot)
            continue;
        asked[{receiver, *slot}][w.service.program_number] = w.streams;
        const auto cam = std::find_if(r.cams.begin(), r.cams.end(),
                                      [&, s = *slot](const auto& c) { return c.slot == s; });
        if (cam == r.cams.end() || !cam->unusable.empty())
            return w.label + " is asked of a module that is none";
        bool able = false;
        for (const auto id : *w.ca_system_ids)
            able = able || ((!cam->ca_system_ids ||
                             std::find(cam->ca_system_ids->begin(), cam->ca_system_ids->end(),
                                       id) != cam->ca_system_ids->end()) &&
                            policy::may_descramble(q.rules, w.service, r.name, *slot, id));
        if (!able)
            return w.label + " is asked of a module that cannot or must not";
        const auto& all = asked[{receiver, *slot}];
        std::set<std::uint16_t> streams;
        for (const auto& [program, own] : all)
            for (std::size_t n = 0; n < own.size() && n < cam->max_streams; ++n)
                streams.insert(own[n]);
        if (cam->max_services > 0 && all.size() > cam->max_services)
            return r.name + " has a module with too many services";
        if (cam->max_streams > 0 && streams.size() > cam->max_streams)
            return r.name + " has a module with too many streams";
    }
    return {};
}

inline bool is_scrambled(const policy::assignment_question& q, const policy::assignment_wish& w) {
    return w.ca_system_ids && !w.ca_system_ids->empty() &&
           !policy::never_descrambled(q.rules, w.service, *w.ca_system_ids);
}

/// How well a wish is served, the higher the better.
inline int worth(const policy::assignment_question& q, std::size_t wish,
                 const std::optional<policy::assignment_line>& line) {
    if (!line || !line->place)
        return 0;
    const auto& w = q.wishes[wish];
    const bool stays =
        w.current == line->place && q.receivers[line->place->receiver].multiplex == line->multiplex;
    if (is_scrambled(q, w) && !line->place->slot)
        return stays ? 2 : 1;
    return stays ? 4 : 3;
}

/// Whether a wish could be where it runs if it were alone.
inline bool could_stay(const policy::assignment_question& q, std::size_t wish) {
    const auto& w = q.wishes[wish];
    if (!w.current)
        return false;
    const auto multiplex = q.receivers[w.current->receiver].multiplex;
    if (!multiplex || (w.current->slot && !is_scrambled(q, w)))
        return false;
    std::vector<std::optional<policy::assignment_line>> alone(q.wishes.size());
    alone[wish].emplace().place = w.current;
    alone[wish]->multiplex = *multiplex;
    return fault_of(q, alone).empty();
}

/// How well the wishes are served, those first that have the first say: the greater, the better.
inline std::vector<int> worths(const policy::assignment_question& q,
                               const std::vector<std::optional<policy::assignment_line>>& lines) {
    /// By priority, what they have now, and since when.
    using rank = std::tuple<int, int, time_point, std::size_t>;
    std::vector<std::pair<rank, int>> all;
    for (std::size_t i = 0; i < q.wishes.size(); ++i) {
        const auto& w = q.wishes[i];
        const auto value = worth(q, i, lines[i]);
        const bool stays = could_stay(q, i);
        if (stays && is_scrambled(q, w) && !w.current->slot) {
            // it is to lose nothing, before anybody like it gets more
            if (w.receive_scrambled)
                all.push_back({{-w.priority, 1, w.since, i}, value > 1});
            all.push_back({{-w.priority, w.receive_scrambled ? 2 : 3, w.since, i}, value});
        } else {
            all.push_back({{-w.priority, stays ? 0 : 3, w.since, i}, value});
        }
    }
    std::sort(all.begin(), all.end());
    std::vector<int> values;
    for (const auto& [place, value] : all)
        values.push_back(value);
    return values;
}

/// The best of all combinations of places.
class assignment_optimum {
  public:
    explicit assignment_optimum(const policy::assignment_question& q)
        : q_{q}
        , lines_(q.wishes.size()) {}

    std::vector<int> find() {
        place(0);
        return best_;
    }

  private:
    void place(std::size_t i) {
        if (i == q_.wishes.size()) {
            best_ = std::max(best_, worths(q_, lines_));
            return;
        }
        lines_[i].reset();
        place(i + 1);
        const auto& w = q_.wishes[i];
        for (std::size_t r = 0; r < q_.receivers.size(); ++r)
            for (const auto m : w.multiplexes) {
                const auto try_slot = [&](std::optional<unsigned> slot) {
                    policy::assignment_line line;
                    line.place = policy::assignment_place{r, slot};
                    line.multiplex = m;
                    lines_[i] = line;
                    if (fault_of(q_, lines_).empty())
                        place(i + 1);
                    lines_[i].reset();
                };
                if (is_scrambled(q_, w))
                    for (const auto& cam : q_.receivers[r].cams)
                        try_slot(cam.slot);
                if (!is_scrambled(q_, w) || w.receive_scrambled)
                    try_slot(std::nullopt);
            }
    }

    const policy::assignment_question& q_;
    std::vector<std::optional<policy::assignment_line>> lines_;
    std::vector<int> best_;
};

inline std::vector<std::optional<policy::assignment_line>>
lines_of(const policy::assignment_answer& answer) {
    return {answer.lines.begin(), answer.lines.end()};
}

} // namespace cihost::test
