// SPDX-License-Identifier: LGPL-2.1-or-later
#include "policy/disturbance_watch.hpp"

#include "support/catch.hpp"

#include <chrono>

using namespace cihost;
using namespace cihost::policy;
using namespace std::chrono_literals;
using en50221::ca_pmt_command;
using en50221::list_management;
using cause = disturbance::cause;

namespace {

struct fixture {
    disturbance_watch watch;
    time_point now{1h};

    /// Service 1 has been clear for 5 s.
    fixture() {
        tell(1, list_management::only);
        watch.see(1, true, now);
        now += 5s;
    }
    void tell(std::uint16_t program, list_management list,
              ca_pmt_command command = ca_pmt_command::ok_descrambling) {
        en50221::ca_pmt value;
        value.list = list;
        value.program_number = program;
        value.command = command;
        watch.told(value, now);
    }
    /// So much later service 1 is scrambled, and stays so for `length`.
    std::optional<disturbance> scrambled(duration after, duration length) {
        now += after;
        watch.see(1, false, now);
        now += length;
        if (length < 1200ms)
            watch.see(1, true, now);
        return watch.next(now);
    }
};

} // namespace

TEST_CASE("who is scrambled right after another was told of was disturbed by that") {
    fixture f;
    std::optional<disturbance> found;
    cause expected{};
    SECTION("by one more") {
        f.tell(3, list_management::add);
        found = f.scrambled(300ms, 2s);
        expected = cause::addition;
    }
    SECTION("by other content") {
        f.tell(3, list_management::add);
        f.now += 5s;
        f.tell(3, list_management::update);
        found = f.scrambled(300ms, 2s);
        expected = cause::update;
    }
    SECTION("by the end of one") {
        f.tell(3, list_management::update, ca_pmt_command::not_selected);
        found = f.scrambled(1400ms, 2s);
        expected = cause::withdrawal;
    }
    SECTION("by a list") {
        f.tell(3, list_management::first);
        found = f.scrambled(300ms, 2s);
        expected = cause::list;
    }
    SECTION("by the first of several") {
        f.tell(3, list_management::update, ca_pmt_command::not_selected);
        f.tell(3, list_management::add);
        found = f.scrambled(300ms, 2s);
        expected = cause::withdrawal;
    }
    REQUIRE(found);
    CHECK(found->what == expected);
    CHECK(found->by == 3);
    CHECK(found->victim == 1);
    CHECK(found->clear_before == 1);
    CHECK(found->lasting);
    CHECK_FALSE(f.watch.next(f.now + 1h));
}

TEST_CASE("a short interruption is told when it is over") {
    fixture f;
    f.tell(3, list_management::update);
    const auto found = f.scrambled(300ms, 800ms);
    REQUIRE(found);
    CHECK_FALSE(found->lasting);
}

TEST_CASE("what has another cause is no disturbance") {
    fixture f;
    SECTION("nobody was told of") { CHECK_FALSE(f.scrambled(1s, 2s)); }
    SECTION("too late") {
        f.tell(3, list_management::add);
        CHECK_FALSE(f.scrambled(1600ms, 2s));
    }
    SECTION("its own CA_PMT") {
        f.tell(1, list_management::update);
        CHECK_FALSE(f.scrambled(300ms, 2s));
    }
    SECTION("one that was hardly clear") {
        f.watch.see(1, false, f.now);
        f.watch.see(1, true, f.now);
        f.tell(3, list_management::add);
        CHECK_FALSE(f.scrambled(300ms, 2s));
    }
    SECTION("the lock was lost") {
        f.tell(3, list_management::add);
        f.now += 300ms;
        f.watch.see(1, std::nullopt, f.now);
        f.watch.see(1, false, f.now);
        CHECK_FALSE(f.watch.next(f.now + 2s));
    }
    SECTION("the module is gone") {
        f.tell(3, list_management::add);
        f.watch.reset();
        CHECK_FALSE(f.scrambled(300ms, 2s));
    }
}

TEST_CASE("whether it lasts is asked when that can be known") {
    fixture f;
    f.tell(3, list_management::add);
    CHECK(f.watch.deadline() == never);
    f.now += 100ms;
    f.watch.see(1, false, f.now);
    CHECK(f.watch.deadline() == f.now + 1200ms);
    CHECK_FALSE(f.watch.next(f.now + 1199ms));
    CHECK(f.watch.next(f.now + 1200ms));
    CHECK(f.watch.deadline() == never);
}
