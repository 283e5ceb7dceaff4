// SPDX-License-Identifier: LGPL-2.1-or-later
#include "policy/rate_limit.hpp"

#include "support/catch.hpp"

#include <chrono>

using namespace cihost;
using namespace cihost::policy;
using namespace std::chrono_literals;

TEST_CASE("rate_limit: the first few pass, the others are counted and told once") {
    rate_limit limit{3, 60s};
    time_point now{1h};
    for (int i = 0; i < 3; ++i)
        CHECK(limit.pass(now += 1s));
    CHECK(limit.deadline() == never);
    for (int i = 0; i < 5; ++i)
        CHECK_FALSE(limit.pass(now));
    CHECK_FALSE(limit.pass(now, 10));
    REQUIRE(limit.deadline() == time_point{1h} + 61s);
    CHECK(limit.left_out(limit.deadline() - 1ns) == 0);
    now = limit.deadline();
    CHECK(limit.left_out(now) == 15);
    CHECK(limit.left_out(now) == 0);
    CHECK(limit.deadline() == never);
    CHECK(limit.pass(now));
}

TEST_CASE("rate_limit: what comes seldom always passes") {
    rate_limit limit{2, 60s};
    for (time_point now{1h}; now < time_point{3h}; now += 31s)
        CHECK(limit.pass(now));
    CHECK(limit.deadline() == never);
}
