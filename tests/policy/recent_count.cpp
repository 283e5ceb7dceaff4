// SPDX-License-Identifier: LGPL-2.1-or-later
#include "policy/recent_count.hpp"

#include "support/catch.hpp"

using namespace cihost;
using namespace std::chrono_literals;

TEST_CASE("what was counted lately is told, and forgotten after the window") {
    policy::recent_count count{10s};
    const time_point start{};
    CHECK(count.value() == 0);
    count.see(100, start);
    CHECK(count.value() == 0); // what came before is nobody's business
    count.see(103, start + 1s);
    CHECK(count.value() == 3);
    for (int s = 2; s <= 10; ++s)
        count.see(103, start + std::chrono::seconds{s});
    CHECK(count.value() == 3);
    count.see(103, start + 11s);
    CHECK(count.value() == 0);
    count.see(110, start + 60s);
    CHECK(count.value() == 7);
}

TEST_CASE("a total that begins anew is no count backwards") {
    policy::recent_count count{10s};
    count.see(100, time_point{} + 1s);
    count.see(2, time_point{} + 2s);
    CHECK(count.value() == 0);
    count.see(5, time_point{} + 3s);
    CHECK(count.value() == 3);
    count.forget();
    CHECK(count.value() == 0);
}
