// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/tuner_pool.hpp"

#include "support/catch.hpp"

using namespace cihost;
using namespace cihost::daemon;
using namespace std::chrono_literals;
using device::delivery_system;

namespace {

struct fixture {
    tuner_pool pool{10s};
    std::vector<pool_member> members{{}, {}};
};

} // namespace

TEST_CASE("a frontend may be tried for what it can receive; not known means try") {
    CHECK(can_receive({}, delivery_system::dvbs));
    CHECK(can_receive({delivery_system::dvbs}, delivery_system::dvbs));
    CHECK_FALSE(can_receive({delivery_system::dvbs}, delivery_system::dvbt));
    CHECK(can_receive({delivery_system::dvbs}, delivery_system::unspecified));
}

TEST_CASE_METHOD(fixture, "let go some time after the last service, unless another comes") {
    auto now = time_point{} + 100s;
    const auto released = [&] { return pool.released(members, now); };
    members[0].tuned = true;
    members[0].held = true;
    members[1].tuned = true;
    members[1].fixed = true;
    CHECK(released().empty());
    now += 60s;
    members[0].held = false;
    CHECK(released().empty());
    now += 9s;
    CHECK(released().empty());
    members[0].held = true;
    CHECK(released().empty());
    members[0].held = false;
    now += 9s;
    CHECK(released().empty());
    now += 9999ms;
    CHECK(released().empty());
    now += 1ms;
    CHECK(released() == std::vector<std::size_t>{0});
    members[0].tuned = false;
    now += 60s;
    CHECK(released().empty());
}
