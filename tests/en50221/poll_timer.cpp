// SPDX-License-Identifier: LGPL-2.1-or-later
#include "en50221/poll_timer.hpp"

#include "support/catch.hpp"
#include "support/slow_slot.hpp"

#include <algorithm>
#include <chrono>

using namespace cihost;
using namespace cihost::en50221;
using namespace cihost::test;
using namespace std::chrono_literals;

namespace {

/// A module that has each message ready `think` after the one before; statuses come at once.
struct fixture {
    poll_timer timer{slot_settings{}};
    time_point now{1h};
    unsigned polls = 0;

    fixture() {
        timer.reset(now);
        timer.set_owed(true, now);
    }
    /// How late the message is found.
    duration message(duration think) {
        const auto ready = now + think;
        do {
            now = timer.next();
            timer.answered(now);
            ++polls;
        } while (now < ready);
        timer.message_came(now);
        return now - ready;
    }
};

} // namespace

TEST_CASE("poll timer: a message is found soon, by the measure of what it took") {
    fixture f;
    for (const duration think : {1ms, 5ms, 8ms, 20ms, 33ms, 60ms, 150ms, 390ms}) {
        INFO(think.count());
        CHECK(f.message(think) <= std::max<duration>(5ms, think / 4));
    }
}

TEST_CASE("poll timer: a slow module is not flooded") {
    fixture f;
    CHECK(f.message(5s) <= 100ms);
    CHECK(f.polls <= 16 + 50);
}

TEST_CASE("poll timer: one slow message does not slow down the next") {
    fixture f;
    f.message(3s);
    CHECK(f.message(20ms) <= 5ms);
}

TEST_CASE("poll timer: after 10 s without a message the pace is that of an idle module") {
    fixture f;
    CHECK(f.message(12s) <= 300ms);
    CHECK(f.polls <= 16 + 100 + 10);
}

TEST_CASE("poll timer: never under the floor of a profile") {
    slot_settings settings;
    settings.poll_floor = 400ms;
    poll_timer timer{settings};
    const time_point now{1h};
    timer.reset(now);
    CHECK(timer.next() == now + 400ms);
    timer.set_owed(true, now);
    CHECK(timer.next() == now + 400ms);
}

TEST_CASE("poll timer: a start of a module that thinks for 20 ms is late by less than 50 ms") {
    slow_slot::settings module;
    module.polled = false;
    module.answer_time = 0ms;
    module.think_time = 0ms;
    slow_slot quick{module, {}};
    module.think_time = 20ms;
    slow_slot s{module, {}};
    const auto least = quick.start_up();
    const auto taken = s.start_up();
    REQUIRE(least);
    REQUIRE(taken);
    // what it sends of its own accord: three sessions, profile, profile_enq, application_info,
    // ca_info
    CHECK(*taken - 7 * 20ms < 50ms);
}
