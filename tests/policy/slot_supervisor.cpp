// SPDX-License-Identifier: LGPL-2.1-or-later
#include "policy/slot_supervisor.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

using namespace cihost;
using namespace cihost::policy;
using namespace std::chrono_literals;
using why = en50221::disconnected::why;

namespace {

struct fixture {
    slot_supervisor supervisor;
    time_point now{};

    std::vector<slot_action> actions() {
        std::vector<slot_action> all;
        while (const auto action = supervisor.next(now))
            all.push_back(*action);
        return all;
    }
    std::vector<slot_action> after(duration d) {
        now += d;
        return actions();
    }
    std::vector<slot_action> status(bool present, bool ready) {
        supervisor.status(present, ready, now);
        return actions();
    }
    /// Opened, reset, READY, talking.
    void talk() {
        supervisor.opened(now);
        REQUIRE(actions() == std::vector{slot_action::reset});
        supervisor.reset_done(now);
        REQUIRE(actions() == std::vector{slot_action::ask_status});
        REQUIRE(status(true, true) == std::vector{slot_action::start});
        REQUIRE(supervisor.talking());
    }
    /// Disconnected; the slot says that it is still READY.
    std::vector<slot_action> lose(why reason) {
        supervisor.disconnected(reason, now);
        auto all = actions();
        if (!all.empty() && all.front() == slot_action::ask_status) {
            const auto more = status(true, true);
            all.insert(all.end(), more.begin(), more.end());
        }
        return all;
    }
};

using list = std::vector<slot_action>;

} // namespace

TEST_CASE("a device just opened is reset once, and nothing before READY is ours") {
    fixture f;
    f.supervisor.opened(f.now);
    CHECK(f.actions() == list{slot_action::reset});
    CHECK_FALSE(f.supervisor.talking());
    CHECK(f.after(10s).empty());
    f.supervisor.reset_done(f.now);
    CHECK(f.actions() == list{slot_action::ask_status});
    CHECK(f.status(true, false).empty());
    CHECK(f.supervisor.state() == slot_state::present);
    CHECK_FALSE(f.supervisor.talking());
    // while READY is awaited the slot is asked often, and less often when it takes its time
    CHECK(f.supervisor.deadline() == f.now + 15ms);
    CHECK(f.after(14ms).empty());
    CHECK(f.after(1ms) == list{slot_action::ask_status});
    f.now += 3s;
    CHECK(f.status(true, false).empty());
    CHECK(f.supervisor.deadline() == f.now + 75ms);
    CHECK(f.after(75ms) == list{slot_action::ask_status});
    CHECK(f.status(true, true) == list{slot_action::start});
    CHECK(f.supervisor.ready_at() == f.now);
    CHECK(f.supervisor.state() == slot_state::starting);
    f.supervisor.initialised(f.now);
    CHECK(f.supervisor.state() == slot_state::ready);
    CHECK(f.supervisor.deadline() == f.now + 250ms);
    CHECK(f.supervisor.restarts() == 0);
}

TEST_CASE("one status question at a time") {
    fixture f;
    f.talk();
    f.supervisor.initialised(f.now);
    CHECK(f.after(250ms) == list{slot_action::ask_status});
    CHECK(f.supervisor.deadline() == never);
    CHECK(f.after(5s).empty());
    f.supervisor.status_failed(f.now);
    CHECK(f.supervisor.deadline() == f.now + 250ms);
}

TEST_CASE("a module that answers is asked now and then, when something else is to do") {
    fixture f;
    f.talk();
    f.supervisor.initialised(f.now);
    for (int i = 0; i < 13; ++i) {
        f.supervisor.heard(f.now);
        CHECK(f.supervisor.deadline() == f.now + 500ms);
        CHECK(f.after(300ms).empty()); // 3.9 s in the end
    }
    f.supervisor.heard(f.now);
    CHECK(f.after(99ms).empty());
    CHECK(f.after(1ms) == list{slot_action::ask_status});
    CHECK(f.status(true, true).empty());
    CHECK(f.supervisor.deadline() == f.now + 400ms);
}

TEST_CASE("a module that falls silent is asked for after half a second") {
    fixture f;
    f.talk();
    f.supervisor.initialised(f.now);
    f.now += 100ms;
    f.supervisor.heard(f.now);
    CHECK(f.after(499ms).empty());
    CHECK(f.after(1ms) == list{slot_action::ask_status});
    CHECK(f.status(false, false) == list{slot_action::abandon});
    CHECK(f.supervisor.deadline() == f.now + 250ms);
}

TEST_CASE("a write into a link that is negotiated anew is no reason for a reset") {
    fixture f;
    f.talk();
    f.supervisor.disconnected(why::write_failed, f.now);
    CHECK(f.actions() == list{slot_action::ask_status});
    CHECK(f.status(true, false).empty());
    CHECK(f.supervisor.restarts() == 1);
    CHECK(f.after(500ms) == list{slot_action::ask_status});
    CHECK(f.status(true, true) == list{slot_action::start});
}

TEST_CASE("an empty slot is asked every quarter of a second, and an insertion starts by itself") {
    fixture f;
    f.supervisor.opened(f.now);
    f.actions();
    f.supervisor.reset_done(f.now);
    f.actions();
    CHECK(f.status(false, false).empty());
    CHECK(f.supervisor.state() == slot_state::empty);
    CHECK(f.supervisor.deadline() == f.now + 250ms);
    f.after(500ms);
    CHECK(f.status(true, false).empty());
    CHECK(f.supervisor.deadline() == f.now + 15ms);
    f.after(15ms);
    CHECK(f.status(true, true) == list{slot_action::start});
}

TEST_CASE("a module that is pulled out is abandoned and remembers no failure") {
    fixture f;
    f.talk();
    f.lose(why::silent);
    f.after(250ms);
    CHECK(f.status(false, false) == list{slot_action::abandon});
    CHECK(f.supervisor.state() == slot_state::empty);
    f.after(500ms);
    CHECK(f.status(true, true) == list{slot_action::start});
    // first rung of the ladder again
    CHECK(f.lose(why::silent) == list{slot_action::ask_status, slot_action::start});
}

TEST_CASE("READY that drops ends the conversation and begins a new one") {
    fixture f;
    f.talk();
    f.supervisor.initialised(f.now);
    f.after(250ms);
    CHECK(f.status(true, false) == list{slot_action::abandon});
    CHECK(f.supervisor.state() == slot_state::restarting);
    CHECK(f.supervisor.restarts() == 1);
    f.after(75ms);
    CHECK(f.status(true, true) == list{slot_action::start});
    CHECK(f.supervisor.state() == slot_state::restarting);
    f.supervisor.initialised(f.now);
    CHECK(f.supervisor.state() == slot_state::ready);
}

TEST_CASE("READY that drops and does not come back is brought back by one reset") {
    fixture f;
    f.talk();
    f.supervisor.initialised(f.now);
    f.after(250ms);
    CHECK(f.status(true, false) == list{slot_action::abandon});
    for (int i = 0; i < 9; ++i) { // the kernel may do it by itself in this time
        f.now += 100ms;
        CHECK(f.status(true, false).empty());
    }
    f.now += 100ms;
    CHECK(f.status(true, false) == list{slot_action::reset});
    f.supervisor.reset_done(f.now);
    f.actions();
    // from here on it boots as any module does
    f.now += 20s;
    CHECK(f.status(true, false).empty());
    CHECK(f.status(true, true) == list{slot_action::start});
}

TEST_CASE("resets are counted when they were made, whoever wanted them") {
    fixture f;
    f.talk();
    CHECK(f.supervisor.resets() == 1);
    SECTION("by order, or for a sibling slot") {
        f.supervisor.reset_done(f.now);
        CHECK(f.supervisor.resets() == 2);
    }
    SECTION("one that was refused was not") {
        f.lose(why::silent);
        REQUIRE(f.lose(why::create_failed) == list{slot_action::ask_status, slot_action::reset});
        f.supervisor.reset_refused(f.now);
        CHECK(f.supervisor.resets() == 1);
    }
    SECTION("the count outlives the device") {
        f.supervisor.closed();
        f.talk();
        CHECK(f.supervisor.resets() == 2);
    }
}

TEST_CASE("the ladder: fresh connection, reset, resets with a growing pause up to 30 s") {
    fixture f;
    f.talk();
    CHECK(f.lose(why::silent) == list{slot_action::ask_status, slot_action::start});
    CHECK(f.lose(why::create_failed) == list{slot_action::ask_status, slot_action::reset});
    for (const auto pause : {1s, 2s, 4s, 8s, 16s}) {
        f.supervisor.reset_done(f.now);
        CHECK(f.actions() == list{slot_action::ask_status});
        CHECK(f.status(true, true) == list{slot_action::start});
        // READY meanwhile is no reason to start before the reset
        CHECK(f.lose(why::create_failed) == list{slot_action::ask_status});
        CHECK(f.supervisor.state() == slot_state::restarting);
        f.now += pause - 1ms;
        CHECK(f.actions() == list{slot_action::ask_status});
        CHECK(f.status(true, true).empty());
        CHECK(f.after(1ms) == list{slot_action::reset});
    }
    f.supervisor.reset_done(f.now);
    f.actions();
    f.status(true, true);
    SECTION("and its end") {
        f.lose(why::create_failed);
        CHECK(f.supervisor.state() == slot_state::failed);
        for (int minute = 0; minute < 60; ++minute) {
            const auto actions = f.after(60s);
            CHECK(actions == list{slot_action::ask_status});
            CHECK(f.status(true, true).empty());
        }
        CHECK(f.supervisor.resets() == 7);
    }
    SECTION("a module that comes to CA_INFO now has its chances again") {
        f.supervisor.initialised(f.now);
        f.now += 10s;
        CHECK(f.lose(why::silent) == list{slot_action::ask_status, slot_action::start});
    }
}

namespace {

/// Does what it wants, with a slot that says what it is told to say, for so long.
void serve(fixture& f, bool ready, duration length, const std::function<void()>& on_reset = {}) {
    for (const auto end = f.now + length; f.now < end; f.now += 50ms)
        while (const auto action = f.supervisor.next(f.now)) {
            if (*action == slot_action::ask_status)
                f.supervisor.status(true, ready, f.now);
            if (*action != slot_action::reset)
                continue;
            if (on_reset)
                on_reset();
            f.supervisor.reset_done(f.now);
        }
}

void fail(fixture& f) {
    f.talk();
    for (int i = 0; i < 20 && f.supervisor.state() != slot_state::failed; ++i) {
        f.supervisor.disconnected(why::create_failed, f.now);
        serve(f, true, 31s);
    }
    REQUIRE(f.supervisor.state() == slot_state::failed);
}

} // namespace

TEST_CASE("a module that was left alone begins anew when something changes") {
    fixture f;
    fail(f);
    unsigned resets = 0;
    const auto count = [&resets] { ++resets; };
    SECTION("somebody asks for a service") {
        f.supervisor.begin_anew(f.now);
        serve(f, true, 1s, count);
        CHECK(f.supervisor.talking());
        CHECK(resets == 1);
    }
    SECTION("it is taken out and put in again") {
        f.supervisor.status(false, false, f.now);
        CHECK(f.supervisor.state() == slot_state::empty);
        serve(f, true, 1s, count);
        CHECK(f.supervisor.talking());
        CHECK(resets == 0);
    }
    SECTION("it restarts by itself: one more chance") {
        serve(f, false, 1s);
        serve(f, true, 1s, count);
        CHECK(f.supervisor.talking());
        f.supervisor.disconnected(why::create_failed, f.now);
        serve(f, true, 60s, count);
        CHECK(f.supervisor.state() == slot_state::failed);
        CHECK(resets == 0);
    }
}

TEST_CASE("a module that does not become READY gets twice the time after each reset, and an end") {
    fixture f;
    f.supervisor.opened(f.now);
    f.actions();
    f.supervisor.reset_done(f.now);
    std::vector<duration> waits;
    auto since = f.now;
    serve(f, false, 60min, [&] { waits.push_back(f.now - std::exchange(since, f.now)); });
    CHECK(f.supervisor.state() == slot_state::failed);
    REQUIRE(waits.size() == 8);
    CHECK(waits[0] < 35s);
    CHECK(waits[1] > 59s);
    CHECK(waits[2] > 119s);
    CHECK(waits[7] < 200s);
    // it is looked at all the same
    serve(f, true, 1s);
    CHECK(f.supervisor.talking());
}

TEST_CASE("a good run forgives earlier failures") {
    fixture f;
    f.talk();
    f.lose(why::silent);
    f.supervisor.initialised(f.now);
    SECTION("long enough") {
        f.now += 10s;
        CHECK(f.lose(why::silent).back() == slot_action::start);
    }
    SECTION("too short") {
        f.now += 9s;
        CHECK(f.lose(why::silent) == list{slot_action::ask_status, slot_action::reset});
    }
}

TEST_CASE("a refused write asks for a reset at once: the module may hold half a TPDU") {
    fixture f;
    f.talk();
    CHECK(f.lose(why::write_failed) == list{slot_action::ask_status, slot_action::reset});
    CHECK(f.supervisor.restarts() == 1);
}

TEST_CASE("a module that is pulled out in the middle of a write is no reason for a reset") {
    fixture f;
    f.talk();
    f.supervisor.disconnected(why::write_failed, f.now);
    CHECK(f.actions() == list{slot_action::ask_status});
    CHECK(f.supervisor.deadline() == never);
    CHECK(f.after(1s).empty());
    CHECK(f.status(false, false).empty());
    CHECK(f.supervisor.state() == slot_state::empty);
    CHECK(f.supervisor.restarts() == 0);
    CHECK(f.after(249ms).empty());
    CHECK(f.after(1ms) == list{slot_action::ask_status});
    CHECK(f.status(true, true) == list{slot_action::start});
}

TEST_CASE("a slot that cannot be asked is reset all the same") {
    fixture f;
    f.talk();
    f.supervisor.disconnected(why::write_failed, f.now);
    CHECK(f.actions() == list{slot_action::ask_status});
    f.supervisor.status_failed(f.now);
    CHECK(f.actions() == list{slot_action::reset});
}

TEST_CASE("a module that does not become READY is reset after 30 s, not before") {
    fixture f;
    f.supervisor.opened(f.now);
    f.actions();
    f.supervisor.reset_done(f.now);
    f.actions();
    f.status(true, false);
    f.now += 29s;
    CHECK(f.status(true, false).empty());
    f.now += 1s;
    f.status(true, false);
    CHECK(f.supervisor.deadline() <= f.now + 1s);
    const auto next = f.after(1s);
    CHECK(std::count(next.begin(), next.end(), slot_action::reset) == 1);
}

TEST_CASE("a module that never comes to CA_INFO is tried thrice, and then called what it is") {
    fixture f;
    f.talk();
    const auto run = [&f](duration d) {
        list all;
        for (const auto until = f.now + d; f.now < until; f.now += 50ms)
            for (auto pending = f.actions(); !pending.empty();) {
                list next;
                for (const auto action : pending) {
                    if (action != slot_action::ask_status)
                        all.push_back(action);
                    auto more = list{};
                    if (action == slot_action::ask_status)
                        more = f.status(true, true);
                    if (action == slot_action::reset) {
                        f.supervisor.reset_done(f.now);
                        more = f.actions();
                    }
                    next.insert(next.end(), more.begin(), more.end());
                }
                pending = next;
            }
        return all;
    };
    CHECK(f.supervisor.deadline() <= f.now + 15s);
    CHECK(run(15s).empty());
    CHECK(f.supervisor.state() == slot_state::starting);
    // a fresh connection, then one reset
    CHECK(run(15s) == list{slot_action::give_up, slot_action::start});
    CHECK(f.supervisor.state() == slot_state::restarting);
    CHECK(f.supervisor.restarts() == 1);
    CHECK(run(15s) == list{slot_action::give_up, slot_action::reset, slot_action::start});
    CHECK(f.supervisor.restarts() == 2);
    CHECK(run(1h).empty());
    CHECK(f.supervisor.state() == slot_state::no_ca_support);
    CHECK(f.supervisor.talking());

    SECTION("it comes after all") {
        f.supervisor.initialised(f.now);
        CHECK(f.supervisor.state() == slot_state::ready);
    }
    SECTION("it says so again after a broken conversation") {
        f.lose(why::silent);
        CHECK(run(1h).empty());
        CHECK(f.supervisor.state() == slot_state::no_ca_support);
    }
    SECTION("another module is tried as ever") {
        f.after(250ms);
        CHECK(f.status(false, false) == list{slot_action::abandon});
        f.after(500ms);
        CHECK(f.status(true, true) == list{slot_action::start});
        CHECK(f.supervisor.state() == slot_state::starting);
        CHECK(run(15s + 50ms) == list{slot_action::give_up, slot_action::start});
    }
}

TEST_CASE("a module that came to CA_INFO has no start-up to judge") {
    fixture f;
    f.talk();
    f.supervisor.initialised(f.now);
    f.now += 1h;
    CHECK(f.actions() == list{slot_action::ask_status});
    CHECK(f.supervisor.state() == slot_state::ready);
}

TEST_CASE("a module boots for 30 s after insertion or reset, whatever is refused meanwhile") {
    fixture f;
    f.supervisor.opened(f.now);
    f.actions();
    f.supervisor.reset_done(f.now);
    f.actions();
    CHECK_FALSE(f.supervisor.booting(f.now)); // nobody there
    f.status(false, false);
    f.after(500ms);
    f.status(true, false);
    CHECK(f.supervisor.booting(f.now));
    f.now += 20s;
    f.supervisor.reset_refused(f.now);
    f.actions();
    f.status(true, false);
    CHECK(f.supervisor.booting(f.now + 10s - 1ns));
    CHECK_FALSE(f.supervisor.booting(f.now + 10s));
    f.now += 20s;
    f.supervisor.reset_done(f.now);
    CHECK(f.supervisor.booting(f.now));
    f.actions();
    CHECK(f.status(true, true) == list{slot_action::start});
    CHECK_FALSE(f.supervisor.booting(f.now));
}

TEST_CASE("a reset for a sibling slot ends the conversation") {
    fixture f;
    f.talk();
    f.supervisor.reset_done(f.now);
    CHECK(f.actions() == list{slot_action::abandon, slot_action::ask_status});
    CHECK_FALSE(f.supervisor.talking());
}

TEST_CASE("silent is a remark; stopped and closed do nothing more") {
    fixture f;
    f.talk();
    f.supervisor.suspect();
    CHECK(f.supervisor.state() == slot_state::silent);
    f.supervisor.responsive();
    CHECK(f.supervisor.state() == slot_state::starting);
    SECTION("stopped") { f.supervisor.disconnected(why::stopped, f.now); }
    SECTION("closed") {
        f.supervisor.closed();
        CHECK(f.supervisor.state() == slot_state::empty);
    }
    CHECK(f.after(1min).empty());
    CHECK(f.supervisor.deadline() == never);
}

TEST_CASE("an empty slot is asked sooner if something may have happened to it") {
    fixture f;
    f.supervisor.opened(f.now);
    f.actions();
    f.supervisor.reset_done(f.now);
    CHECK_FALSE(f.supervisor.empty()); // not asked yet
    f.supervisor.look_at(f.now);
    f.actions();
    f.status(false, false);
    CHECK(f.supervisor.empty());
    f.supervisor.look_at(f.now + 50ms);
    CHECK(f.supervisor.deadline() == f.now + 50ms);
    f.supervisor.look_at(f.now + 1s);
    CHECK(f.after(50ms) == list{slot_action::ask_status});
    f.status(true, false);
    CHECK_FALSE(f.supervisor.empty());
    f.supervisor.look_at(f.now);
    CHECK(f.actions().empty());
}

TEST_CASE("a module that status questions disturb is asked as seldom as its settings say") {
    slot_supervisor_settings settings;
    settings.poll_running = 500ms;
    settings.poll_booting = 500ms;
    settings.poll_starting = 500ms;
    fixture f{slot_supervisor{settings}};
    f.supervisor.opened(f.now);
    f.actions();
    f.supervisor.reset_done(f.now);
    CHECK(f.actions() == list{slot_action::ask_status});
    CHECK(f.status(true, false).empty());
    CHECK(f.after(499ms).empty());
    CHECK(f.after(1ms) == list{slot_action::ask_status});
    CHECK(f.status(true, true) == list{slot_action::start});
    f.supervisor.initialised(f.now);
    CHECK(f.after(499ms).empty());
    CHECK(f.after(1ms) == list{slot_action::ask_status});
}

TEST_CASE("a module may ask for a reset, with growing pauses, and not for ever") {
    fixture f;
    f.talk();
    f.supervisor.initialised(f.now);
    CHECK(f.supervisor.reset_requested(f.now));
    CHECK(f.supervisor.state() == slot_state::restarting);
    // the conversation ends first; then the slot is looked at: it may have been taken out
    CHECK(f.actions() == list{slot_action::abandon, slot_action::ask_status});
    CHECK(f.status(true, true) == list{slot_action::reset});
    // what it says meanwhile belongs to nobody
    CHECK_FALSE(f.supervisor.reset_requested(f.now));
    const auto talk_again = [&f] {
        f.supervisor.reset_done(f.now);
        REQUIRE(f.actions() == list{slot_action::ask_status});
        REQUIRE(f.status(true, true) == list{slot_action::start});
    };
    talk_again();
    CHECK(f.supervisor.restarts() == 1);
    for (const auto pause : {1s, 2s}) {
        REQUIRE(f.supervisor.reset_requested(f.now));
        CHECK(f.actions() == list{slot_action::abandon, slot_action::ask_status});
        CHECK(f.status(true, true).empty());
        const auto before = f.after(pause - 1ms);
        CHECK(std::ranges::find(before, slot_action::reset) == before.end());
        if (!before.empty())
            f.status(true, true);
        const auto then = f.after(1ms);
        CHECK(std::ranges::find(then, slot_action::reset) != then.end());
        talk_again();
    }
    // often enough: the conversation goes on, whatever it asks for
    f.supervisor.initialised(f.now);
    for (int i = 0; i < 20; ++i) {
        f.now += 25s;
        CHECK_FALSE(f.supervisor.reset_requested(f.now));
        CHECK(f.supervisor.talking());
    }
    f.now += 2min;
    CHECK(f.supervisor.reset_requested(f.now));
}

TEST_CASE("what one module asked for does not count against the next one") {
    slot_supervisor_settings settings;
    settings.reset_requests = 1;
    fixture f{slot_supervisor{settings}};
    f.talk();
    CHECK(f.supervisor.reset_requested(f.now));
    f.actions();
    CHECK(f.status(false, false).empty());
    f.now += 1s;
    f.actions();
    CHECK(f.status(true, true) == list{slot_action::start});
    CHECK(f.supervisor.reset_requested(f.now));
}

TEST_CASE("other settings hold from then on, for a start-up under way too") {
    fixture f;
    f.talk();
    slot_supervisor_settings settings;
    settings.start_up_patience = 60s;
    settings.poll_running = 2s;
    settings.back_off_first = 7s;
    f.supervisor.use(settings);
    f.status(true, true);
    CHECK(f.supervisor.deadline() == f.now + 2s);
    f.after(59s);
    f.status(true, true);
    CHECK(f.supervisor.talking()); // 15 s were over long ago
    f.lose(why::silent);
    CHECK(f.lose(why::silent) == list{slot_action::ask_status, slot_action::reset});
    f.supervisor.reset_done(f.now);
    f.actions();
    f.status(true, true);
    REQUIRE(f.supervisor.talking());
    f.lose(why::silent);
    CHECK(f.after(6s) == list{slot_action::ask_status});
    f.status(true, true);
    CHECK(f.after(1s) == list{slot_action::reset});
}
