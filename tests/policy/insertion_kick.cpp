// SPDX-License-Identifier: LGPL-2.1-or-later
#include "policy/insertion_kick.hpp"

#include "support/catch.hpp"

using namespace cihost;
using namespace cihost::policy;
using namespace std::chrono_literals;

TEST_CASE("empty slots are kicked every half second until a module is seen") {
    insertion_kick kick;
    time_point now{1h};
    CHECK(kick.deadline() == never);
    CHECK_FALSE(kick.take(now)); // nobody said that they are empty
    kick.status(true, false, now);
    for (int i = 0; i < 10; ++i) {
        CHECK_FALSE(kick.take(now + 499ms));
        kick.status(true, false, now + 499ms); // told again: nothing new
        now += 500ms;
        CHECK(kick.deadline() == now);
        CHECK(kick.take(now));
        CHECK_FALSE(kick.take(now));
    }
    kick.status(false, false, now);
    CHECK(kick.deadline() == never);
    CHECK_FALSE(kick.take(now + 1h));
}

TEST_CASE("a module that comes and goes without READY is tried with a growing pause") {
    insertion_kick kick;
    time_point now{1h};
    const auto comes_and_goes = [&](bool ready) {
        kick.status(false, ready, now);
        kick.status(true, false, now);
        return kick.deadline() - now;
    };
    kick.status(true, false, now);
    for (const auto pause : {1000ms, 2000ms, 4000ms, 5000ms, 5000ms})
        CHECK(comes_and_goes(false) == pause);
    CHECK(comes_and_goes(true) == 500ms);
    kick.reset();
    CHECK(kick.deadline() == never);
}
