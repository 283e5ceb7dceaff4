// SPDX-License-Identifier: LGPL-2.1-or-later
#include "en50221/poll_timer.hpp"

#include "support/catch.hpp"
#include "support/slow_slot.hpp"

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
            timer.polled(now);
            timer.answered(now);
            ++polls;
        } while (now < ready);
        timer.message_came(now);
        return now - ready;
    }
};

} // namespace

TEST_CASE("poll timer: without knowledge the polls back off") {
    fixture f;
    CHECK(f.message(20ms) == 15ms);
    CHECK(f.polls == 3);
}

TEST_CASE("poll timer: a module's think time is learned, and followed") {
    fixture f;
    for (const duration think : {20ms, 33ms, 8ms, 60ms, 20ms}) {
        for (int i = 0; i < 12; ++i)
            f.message(think);
        for (int i = 0; i < 20; ++i)
            CHECK(f.message(think) <= 5ms);
    }
    // three or four polls a message, as ever
    CHECK(f.polls <= 5 * 32 * 4);
}

TEST_CASE("poll timer: one slow message does not spoil what is known") {
    fixture f;
    for (int i = 0; i < 8; ++i)
        f.message(20ms);
    const auto usual = f.message(20ms);
    f.message(3s);
    CHECK(f.message(20ms) <= usual + 1ms);
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
