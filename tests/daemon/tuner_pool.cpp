// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/tuner_pool.hpp"

#include "support/catch.hpp"

using namespace cihost;
using namespace cihost::daemon;
using namespace std::chrono_literals;
using device::delivery_system;

namespace {

device::tuning at(std::uint64_t mhz, delivery_system system = delivery_system::dvbt) {
    device::tuning where;
    where.system = system;
    where.frequency_hz = mhz * 1'000'000;
    return where;
}

device::channel channel(std::uint64_t mhz, delivery_system system = delivery_system::dvbt) {
    return {"ZDF", 7, at(mhz, system)};
}

struct fixture {
    tuner_pool pool{10s};
    std::vector<pool_member> members{{.name = "a"}, {.name = "b"}};

    std::string choose(const device::channel& wanted) const {
        const auto made = pool.choose(members, wanted);
        if (const auto* const why = std::get_if<std::string>(&made))
            return *why;
        const auto& c = std::get<tuner_pool::choice>(made);
        return (c.tune ? "tune " : "share ") + members[c.member].name;
    }
};

} // namespace

TEST_CASE_METHOD(fixture, "who is there already is shared, held or configured to stay or not") {
    CHECK(choose(channel(474)) == "tune a");
    members[1].tuning = at(474);
    CHECK(choose(channel(474)) == "share b");
    members[1].holders = {"recording 1 of ARD"};
    CHECK(choose(channel(474)) == "share b");
    members[1].fixed = true;
    CHECK(choose(channel(474)) == "share b");
    CHECK(choose(channel(490)) == "tune a");
}

TEST_CASE_METHOD(fixture, "an idle one before one that waits for its release") {
    members[0].tuning = at(490);
    CHECK(choose(channel(474)) == "tune b");
    members[1].present = false;
    CHECK(choose(channel(474)) == "tune a");
}

TEST_CASE_METHOD(fixture, "only one that can receive the system; not known means try") {
    members[0].systems = {delivery_system::dvbs, delivery_system::dvbs2};
    CHECK(choose(channel(474)) == "tune b");
    members[1].systems = {delivery_system::dvbt, delivery_system::dvbt2};
    CHECK(choose(channel(474)) == "tune b");
    CHECK(choose(channel(474, delivery_system::unspecified)) == "tune a");
    CHECK(choose(channel(474, delivery_system::dvbc)) ==
          "No receiver is free for 'ZDF' (" + device::describe(at(474, delivery_system::dvbc)) +
              "): a cannot receive DVB-C; b cannot receive DVB-C.");
}

TEST_CASE_METHOD(fixture, "when all are busy it is told by what") {
    members[0].tuning = at(490);
    members[0].holders = {"recording 1 of ARD", "recording 2 of arte"};
    members[1].tuning = at(498);
    members[1].fixed = true;
    members.push_back({.name = "c", .present = false});
    CHECK(choose(channel(474)) ==
          "No receiver is free for 'ZDF' (" + device::describe(at(474)) +
              "): a is held by recording 1 of ARD, recording 2 of arte; b is configured to stay "
              "where it is; c is absent.");
    members.clear();
    CHECK(choose(channel(474)).find("there is none at all") != std::string::npos);
}

TEST_CASE_METHOD(fixture, "let go some time after the last service, unless another comes") {
    auto now = time_point{} + 100s;
    const auto released = [&] { return pool.released(members, now); };
    members[0].tuning = at(474);
    members[0].holders = {"recording 1"};
    members[1].tuning = at(490);
    members[1].fixed = true;
    CHECK(released().empty());
    now += 60s;
    members[0].holders.clear();
    CHECK(released().empty());
    now += 9s;
    CHECK(released().empty());
    members[0].holders = {"recording 2"};
    CHECK(released().empty());
    members[0].holders.clear();
    now += 9s;
    CHECK(released().empty());
    now += 9999ms;
    CHECK(released().empty());
    now += 1ms;
    CHECK(released() == std::vector<std::size_t>{0});
    members[0].tuning.reset();
    now += 60s;
    CHECK(released().empty());
}
