// SPDX-License-Identifier: LGPL-2.1-or-later
#include "policy/assignment_world.hpp"
#include "support/catch.hpp"

#include <algorithm>

using namespace cihost;
using namespace cihost::policy;
using namespace cihost::test;

namespace {

/// Everybody now runs where the answer has them; who is left out stays a wish.
void carry_out(assignment_question& q, const assignment_answer& answer) {
    for (const auto& t : answer.tunes)
        q.receivers[t.receiver].multiplex = t.multiplex;
    for (std::size_t i = 0; i < q.wishes.size(); ++i)
        q.wishes[i].current = answer.lines[i].place;
}

bool same_answer(const assignment_answer& a, const assignment_answer& b) {
    return a.tunes == b.tunes && std::equal(a.lines.begin(), a.lines.end(), b.lines.begin(),
                                            b.lines.end(), [](const auto& x, const auto& y) {
                                                return x.place == y.place && x.reason == y.reason;
                                            });
}

} // namespace

TEST_CASE("an assignment is as good as the best of all combinations") {
    for (unsigned seed = 1; seed <= 30000; ++seed) {
        assignment_world world{seed};
        auto q = world.question(3);
        const auto wishes = 1 + world.below(4);
        for (std::uint16_t program = 1; program <= wishes; ++program)
            q.wishes.push_back(world.wish(program));
        // some run somewhere, together or not
        for (auto& w : q.wishes)
            if (world.one_in(2)) {
                const auto r = world.below(q.receivers.size());
                const auto& cams = q.receivers[r].cams;
                w.current = assignment_place{r, std::nullopt};
                if (!cams.empty() && is_scrambled(q, w))
                    w.current->slot = cams[world.below(cams.size())].slot;
            }
        INFO("seed " << seed);
        const auto answer = assign(q);
        REQUIRE(fault_of(q, lines_of(answer)).empty());
        REQUIRE(worths(q, lines_of(answer)) == assignment_optimum{q}.find());
    }
}

TEST_CASE("through any changes of the wish list nobody suffers but from a higher priority") {
    for (unsigned seed = 1; seed <= 150; ++seed) {
        assignment_world world{seed};
        auto q = world.question(5);
        std::uint16_t next = 1;
        for (int step = 0; step < 25; ++step) {
            INFO("seed " << seed << ", step " << step);
            const auto before = q;
            // sometimes one ends, else one begins, at times for a service that runs
            if (!q.wishes.empty() && world.one_in(3)) {
                q.wishes.erase(q.wishes.begin() +
                               static_cast<std::ptrdiff_t>(world.below(q.wishes.size())));
            } else if (!q.wishes.empty() && world.one_in(4)) {
                auto again = q.wishes[world.below(q.wishes.size())];
                again.current.reset();
                again.priority = static_cast<int>(10 * (1 + world.below(3)));
                q.wishes.push_back(again);
            } else {
                q.wishes.push_back(world.wish(next++));
            }
            const auto answer = assign(q);
            const auto lines = lines_of(answer);
            REQUIRE(fault_of(q, lines).empty());
            REQUIRE(same_answer(answer, assign(q)));
            // the highest priority that is served better than it was
            int gains = 0;
            for (std::size_t i = 0; i < q.wishes.size(); ++i) {
                const auto& w = q.wishes[i];
                const bool gained = lines[i]->place && lines[i]->place != w.current;
                if (gained && !(w.current && w.current->slot))
                    gains = std::max(gains, w.priority);
            }
            for (std::size_t i = 0; i < q.wishes.size(); ++i) {
                const auto& w = q.wishes[i];
                if (w.current && lines[i]->place != w.current &&
                    !(is_scrambled(q, w) && !w.current->slot))
                    REQUIRE(w.priority < gains);
                REQUIRE_FALSE(lines[i]->reason.empty());
                REQUIRE((lines[i]->place.has_value() ||
                         lines[i]->shortage != assignment_shortage::none));
            }
            carry_out(q, answer);
            // and asked again, nothing changes
            const auto again = assign(q);
            for (std::size_t i = 0; i < q.wishes.size(); ++i)
                REQUIRE(again.lines[i].place == answer.lines[i].place);
            REQUIRE(again.tunes.empty());
        }
    }
}

TEST_CASE("nobody is left out because of a lower priority") {
    for (unsigned seed = 1; seed <= 300; ++seed) {
        assignment_world world{seed};
        auto q = world.question(4);
        for (std::uint16_t program = 1; program <= 8; ++program)
            q.wishes.push_back(world.wish(program));
        INFO("seed " << seed);
        const auto answer = assign(q);
        for (std::size_t i = 0; i < q.wishes.size(); ++i) {
            if (worth(q, i, answer.lines[i]) > 2)
                continue;
            auto without = q;
            const auto mine = q.wishes[i].priority;
            std::erase_if(without.wishes, [&](const auto& w) { return w.priority < mine; });
            const auto there =
                std::find_if(without.wishes.begin(), without.wishes.end(), [&](const auto& w) {
                    return w.service.program_number == q.wishes[i].service.program_number;
                });
            const auto at = static_cast<std::size_t>(there - without.wishes.begin());
            REQUIRE(worth(without, at, assign(without).lines[at]) == worth(q, i, answer.lines[i]));
        }
    }
}

TEST_CASE("equal CAMs get equal shares") {
    for (unsigned cams = 1; cams <= 5; ++cams)
        for (unsigned wishes = 1; wishes <= 12; ++wishes) {
            assignment_question q;
            q.multiplexes = {"DVB-T"};
            q.receivers.push_back({.name = "roof", .receives = {true}});
            for (unsigned c = 0; c < cams; ++c)
                q.receivers[0].cams.push_back(
                    {.slot = c, .ca_system_ids = std::vector<std::uint16_t>{1}});
            assignment_world world{wishes};
            std::vector<unsigned> load(cams);
            for (unsigned i = 0; i < wishes; ++i) {
                auto w = world.wish(static_cast<std::uint16_t>(i + 1));
                w.multiplexes = {0};
                w.ca_system_ids = std::vector<std::uint16_t>{1};
                q.wishes.push_back(w);
            }
            for (const auto& line : assign(q).lines)
                ++load[line.place->slot.value()];
            const auto [least, most] = std::minmax_element(load.begin(), load.end());
            CHECK(*most - *least <= 1);
        }
}
