// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sim/receiver/tuner.hpp"

#include "support/catch.hpp"

#include <chrono>

using namespace cihost;
using namespace cihost::sim;
using namespace std::chrono_literals;

namespace {

constexpr time_point start{1000s};

struct bench {
    event_log log;
    tuner subject{{.frequency_hz = 474'000'000, .lock_time = 150ms}, log};
};

} // namespace

TEST_CASE("a tuner locks on its multiplex after its time, and nowhere else") {
    bench at;
    CHECK_FALSE(at.subject.locked(start + 1h));
    at.subject.tune(482'000'000, start);
    CHECK_FALSE(at.subject.locked(start + 1h));
    CHECK(at.subject.status(start + 1h).strength_mdbm < -90'000);

    at.subject.tune(474'000'000, start);
    CHECK_FALSE(at.subject.locked(start + 149ms));
    CHECK(at.subject.status(start + 149ms).locked == 0);
    CHECK(at.subject.locked(start + 150ms));
    CHECK(at.subject.status(start + 150ms).locked == 1);
    CHECK(at.subject.status(start + 150ms).cnr_mdb > 0);

    at.subject.tune(474'000'000, start + 1s); // tuning again costs the lock for a while
    CHECK_FALSE(at.subject.locked(start + 1s));
    CHECK(at.subject.locked(start + 1150ms));

    at.subject.power_down(start + 2s);
    CHECK_FALSE(at.subject.locked(start + 1h));
}

TEST_CASE("a tuner captures what is near, and wants the right delivery system") {
    bench at;
    at.subject.tune(474'500'000, start);
    CHECK(at.subject.locked(start + 150ms));
    at.subject.tune(473'499'999, start);
    CHECK_FALSE(at.subject.locked(start + 1h));
    at.subject.tune(474'000'000, delivery_system::dvbs2, start); // it was not told which
    CHECK(at.subject.locked(start + 150ms));

    tuner cable{{.frequency_hz = 474'000'000, .system = delivery_system::dvbc}, at.log};
    cable.tune(474'000'000, delivery_system::dvbt, start);
    CHECK_FALSE(cable.locked(start + 1h));
    cable.tune(474'000'000, delivery_system::dvbc, start);
    CHECK(cable.locked(start + 150ms));
    cable.tune(474'000'000, start);
    CHECK(cable.locked(start + 150ms));
}

TEST_CASE("a tuner says when its status changes next") {
    bench at;
    CHECK(at.subject.deadline(start) == never);
    at.subject.tune(474'000'000, start);
    CHECK(at.subject.deadline(start) == start + 150ms);
    CHECK(at.subject.deadline(start + 150ms) == never);
    at.subject.lose_lock(2s, start + 1s);
    CHECK(at.subject.deadline(start + 1s) == start + 3s); // the signal, then the lock
    CHECK(at.subject.deadline(start + 3s) == start + 3150ms);
}

TEST_CASE("a lost signal comes back by itself, and only to a tuner that is tuned") {
    bench at;
    at.subject.tune(474'000'000, start);
    at.subject.lose_lock(2s, start + 1s);
    CHECK_FALSE(at.subject.locked(start + 1s));
    CHECK(at.subject.status(start + 2s).strength_mdbm < -90'000);
    CHECK_FALSE(at.subject.locked(start + 3149ms));
    CHECK(at.subject.locked(start + 3150ms));

    at.subject.lose_lock(2s, start + 10s);
    at.subject.tune(474'000'000, start + 11s); // no lock before the signal is there
    CHECK_FALSE(at.subject.locked(start + 12149ms));
    CHECK(at.subject.locked(start + 12150ms));

    at.subject.power_down(start + 20s);
    at.subject.lose_lock(1s, start + 20s);
    CHECK_FALSE(at.subject.locked(start + 1h));
}
