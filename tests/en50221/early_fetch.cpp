// SPDX-License-Identifier: LGPL-2.1-or-later
#include "en50221/early_fetch.hpp"

#include "support/catch.hpp"
#include "support/slow_slot.hpp"

#include <chrono>

using namespace cihost;
using namespace cihost::en50221;
using namespace cihost::test;
using namespace std::chrono_literals;

namespace {

using temper = slow_slot::temper;

slot_settings without() {
    slot_settings s;
    s.early_fetch = false;
    return s;
}

double milliseconds(duration d) { return std::chrono::duration<double, std::milli>(d).count(); }

} // namespace

TEST_CASE("early fetch: a start on a polled slot takes less than half the time") {
    slow_slot plain{{}, without()};
    slow_slot early{{}, {}};
    const auto before = plain.start_up();
    const auto after = early.start_up();
    REQUIRE(before);
    REQUIRE(after);
    INFO(milliseconds(*before) << " ms without, " << milliseconds(*after)
                               << " ms with early fetch");
    // about 23 exchanges at the kernel's 100 ms
    CHECK(*before > 2s);
    CHECK(*after * 2 < *before);
    CHECK(plain.second_tpdus == 0);
    // the module never had more than one
    CHECK(early.second_tpdus == 0);
    CHECK(early.tpdus < 3 * plain.tpdus);
    CHECK_FALSE(early.host().early_fetch_given_up());

    // what was learnt of the slot serves the next conversation from its beginning
    early.host().abandon({});
    const auto again = early.start_up();
    REQUIRE(again);
    CHECK(*again < *after);
    CHECK(early.second_tpdus == 0);
}

TEST_CASE("early fetch: a module that is slower is asked later") {
    slow_slot::settings module;
    module.answer_time = GENERATE(12ms, 18ms, 27ms);
    slow_slot plain{module, without()};
    slow_slot early{module, {}};
    const auto before = plain.start_up();
    const auto after = early.start_up();
    REQUIRE(before);
    REQUIRE(after);
    INFO(milliseconds(*before) << " ms without, " << milliseconds(*after)
                               << " ms with early fetch");
    CHECK(*after * 10 < *before * 7);
    CHECK(early.second_tpdus <= 3);
    CHECK_FALSE(early.host().early_fetch_given_up());
}

TEST_CASE("early fetch: never where the kernel fetches at once") {
    slow_slot::settings module;
    module.polled = false;
    module.answer_time = GENERATE(1ms, 14ms, 20ms, 35ms, 60ms);
    module.think_time = GENERATE(0ms, 20ms, 90ms);
    slow_slot s{module, {}};
    REQUIRE(s.start_up());
    s.pass(10s);
    CHECK(s.second_tpdus == 0);
}

TEST_CASE("early fetch: a slow module behind an interrupt is tried a few times and left alone") {
    slow_slot::settings module;
    module.polled = false;
    module.answer_time = GENERATE(100ms, 130ms);
    slow_slot s{module, {}};
    REQUIRE(s.start_up());
    CHECK(s.second_tpdus <= 4);
    const auto tried = s.second_tpdus;
    s.pass(60s);
    CHECK(s.second_tpdus == tried);
}

TEST_CASE("early fetch: nothing is fetched early while nothing is owed") {
    slow_slot s{{}, {}};
    REQUIRE(s.start_up());
    s.pass(1s);
    const auto before = s.tpdus;
    s.pass(60s);
    // the idle pace alone: 300 ms behind an answer that the kernel fetches within 100
    CHECK(s.tpdus - before <= 200);
}

TEST_CASE("early fetch: a module that owes is not flooded") {
    slow_slot::settings module;
    module.think_time = 8s;
    slow_slot s{module, {}};
    s.start();
    s.pass(2s);
    const auto before = s.tpdus;
    s.pass(5s);
    CHECK(s.tpdus - before <= 2 * 50);
    CHECK(s.second_tpdus == 0);
}

TEST_CASE("early fetch: switched off, or polls forbidden by a floor") {
    slot_settings host;
    SECTION("off") { host.early_fetch = false; }
    SECTION("floor") { host.poll_floor = 300ms; }
    slow_slot::settings module;
    module.second = temper::dies;
    module.answer_time = 30ms;
    slow_slot s{module, host};
    CHECK(s.start_up());
    CHECK(s.second_tpdus == 0);
}

TEST_CASE("early fetch: a module that dies of it is spared from then on") {
    slow_slot::settings module;
    module.second = temper::dies;
    module.answer_time = 30ms;
    slow_slot s{module, {}};
    CHECK_FALSE(s.start_up());
    CHECK(s.second_tpdus > 0);
    s.pass(3s);
    CHECK(s.ended());
    CHECK(s.host().early_fetch_given_up());

    REQUIRE(s.start_up());
    CHECK(s.second_tpdus == 0);

    // another module, another chance
    s.host().abandon({});
    s.host().module_changed();
    CHECK_FALSE(s.host().early_fetch_given_up());
    s.module().answer_time = 2ms;
    const auto quick = s.start_up();
    REQUIRE(quick);
    CHECK(*quick < 1s);
}

TEST_CASE("early fetch: two TPDUs and one answer stop it, and not the conversation") {
    slow_slot::settings module;
    module.second = temper::swallows;
    module.answer_time = 30ms;
    slow_slot s{module, {}};
    REQUIRE(s.start_up());
    CHECK(s.second_tpdus > 0);
    CHECK(s.host().early_fetch_given_up());
    s.pass(10s);
    CHECK_FALSE(s.ended());
}
