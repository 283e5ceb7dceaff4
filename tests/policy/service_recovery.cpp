// SPDX-License-Identifier: LGPL-2.1-or-later
#include "policy/service_recovery.hpp"

#include "support/catch.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

using namespace cihost;
using namespace cihost::policy;
using namespace std::chrono_literals;

namespace {

constexpr time_point zero{std::chrono::hours{1}};

struct seen_service {
    service_sight sight{.received = true, .scrambled = true};
    service_request request{.at = zero, .pmt_at = zero};
    bool ecms = true;
    std::uint64_t sections = 0;
};

/// Services as they are looked at every 250 ms; steps that restart the module take 2 s until its
/// next CA_PMTs.
struct bench {
    explicit bench(const recovery_settings& settings = {})
        : ladder{settings} {}

    /// "1.0 resend 1, 3.5 drop few_streams 1 …": when, what, and for which service.
    std::string run(duration length) {
        text.clear();
        for (const auto end = now + length; now < end; now += 250ms)
            look();
        return text;
    }
    void look() {
        for (auto& [program, s] : services) {
            s.sight.ecms = s.sections += s.ecms ? 1 : 0;
            if (now >= back_at)
                s.request.at = back_at;
            ladder.see(program, s.sight, s.request, now);
        }
        if (now >= back_at)
            back_at = never;
        while (const auto order = ladder.next(now))
            obey(*order);
        if (ladder.deadline() <= now)
            FAIL("a deadline that is over");
    }
    void obey(const recovery_order& order) {
        using kind = recovery_order::kind;
        const auto tenths =
            std::chrono::duration_cast<std::chrono::milliseconds>(now - zero).count() / 100;
        text += (text.empty() ? "" : ", ") + std::to_string(tenths / 10) + "." +
                std::to_string(tenths % 10) +
                (order.what == kind::take          ? " "
                 : order.what == kind::drop        ? " drop "
                 : order.what == kind::worked      ? " worked "
                 : order.what == kind::menu_helped ? " menu_helped "
                                                   : " give_up ") +
                (order.what == kind::give_up || order.what == kind::menu_helped
                     ? ""
                     : std::string{name(order.step)} + " ") +
                std::to_string(order.program_number) + (order.not_judged ? " unjudged" : "");
        if (order.what != kind::take)
            return;
        if (not_applicable.contains(order.step))
            return ladder.not_applicable(order.program_number);
        if (restarts_module(order.step)) {
            for (auto& [program, s] : services)
                s.request.at = never;
            back_at = now + 2s;
        }
        if (order.step == cure)
            services[order.program_number].sight.scrambled = false;
    }
    recovery_state state(std::uint16_t program = 1) const { return ladder.status(program)->state; }
    recovery_hold hold(std::uint16_t program = 1) const { return ladder.status(program)->hold; }

    service_recovery ladder;
    std::map<std::uint16_t, seen_service> services{{1, {}}};
    std::set<recovery_step> not_applicable;
    std::optional<recovery_step> cure;
    time_point now = zero;
    time_point back_at = never;
    std::string text;
};

} // namespace

TEST_CASE("a service that stays scrambled is suspected after 0.5 s and helped after 2 s") {
    bench b;
    CHECK(b.run(500ms) == "");
    CHECK(b.state() == recovery_state::none);
    CHECK(b.run(1500ms) == "");
    CHECK(b.state() == recovery_state::suspect);
    CHECK(b.run(250ms) == "2.0 resend 1");
    CHECK(b.state() == recovery_state::trying);
    CHECK(b.ladder.status(1)->steps[index(recovery_step::resend)].times == 1);
    CHECK(b.ladder.status(1)->steps[index(recovery_step::resend)].scrambled_for == 2s);
}

TEST_CASE("the ladder goes from what costs nothing to a reset, and ends") {
    bench b;
    CHECK(b.run(95s) ==
          "2.0 resend 1, 5.0 add_again 1, 9.0 programme_level 1, 14.0 drop programme_level 1, "
          "14.0 few_streams 1, 20.0 drop few_streams 1, 20.0 whole_list 1, "
          "27.0 drop whole_list 1, 27.0 one_at_a_time 1, 35.0 drop one_at_a_time 1, "
          "35.0 reconnect 1, 46.0 reset 1, 58.0 slow_start 1, 71.0 give_up 1");
    CHECK(b.state() == recovery_state::given_up);
    // a last few CA_PMTs, ever more seldom
    CHECK(b.run(1h) ==
          "101.0 resend 1, 161.0 resend 1, 281.0 resend 1, 521.0 resend 1, 1001.0 resend 1, "
          "1961.0 resend 1");
    CHECK(b.run(24h) == "");
    CHECK(b.ladder.deadline() == never);
}

TEST_CASE("what changes nothing is left out") {
    bench b;
    b.not_applicable = {recovery_step::programme_level, recovery_step::few_streams,
                        recovery_step::whole_list, recovery_step::one_at_a_time};
    CHECK(b.run(15s).ends_with("5.0 add_again 1, 9.0 programme_level 1, 9.0 few_streams 1, "
                               "9.0 whole_list 1, 9.0 one_at_a_time 1, 9.0 reconnect 1"));
    CHECK(b.ladder.status(1)->steps[index(recovery_step::few_streams)].times == 0);
    CHECK(b.ladder.status(1)->latest == recovery_step::reconnect);
}

TEST_CASE("what helped is told once the service stays clear") {
    bench b;
    b.cure = recovery_step::programme_level;
    CHECK(b.run(60s) ==
          "2.0 resend 1, 5.0 add_again 1, 9.0 programme_level 1, 10.2 worked programme_level 1");
    CHECK(b.state() == recovery_state::none);
    // the next time it begins with the first step
    b.services[1].sight.scrambled = true;
    CHECK(b.run(3s) == "62.0 resend 1");
}

TEST_CASE("steps that may cost what is clear wait for its end, and then begin anew") {
    bench b;
    b.services[2].sight.scrambled = false;
    CHECK(b.run(20s).ends_with("14.0 few_streams 1"));
    CHECK(b.run(600s) == "20.0 drop few_streams 1");
    CHECK(b.state() == recovery_state::held);
    CHECK(b.hold() == recovery_hold::running_services);
    b.services.erase(2);
    b.ladder.forget(2);
    CHECK(b.run(21s).ends_with("640.0 drop few_streams 1, 640.0 whole_list 1"));
}

TEST_CASE("a service that was just asked for gets its time before the module is touched") {
    bench b;
    b.run(19s);
    b.services[2].request.at = b.now;
    // 20.0 would be the whole list's time; service 2 is given 2 s
    CHECK(b.run(4s) == "20.0 drop few_streams 1, 21.0 whole_list 1, 21.0 resend 2");
}

TEST_CASE("nothing is done without a lock, without ECMs, or against the module's own word") {
    bench b;
    auto& s = b.services[1];
    SECTION("no lock") {
        s.sight.received = false;
        CHECK(b.run(60s) == "");
        CHECK(b.state() == recovery_state::none);
        // the module gets its time when it comes back
        s.sight.received = true;
        CHECK(b.run(3s) == "62.0 resend 1");
    }
    SECTION("the lock is lost on the way") {
        b.run(4s);
        s.sight.received = false;
        CHECK(b.run(60s) == "");
        s.sight.received = true;
        CHECK(b.run(4s) == "67.0 add_again 1");
    }
    SECTION("no ECMs") {
        s.ecms = false;
        CHECK(b.run(60s) == "");
        CHECK(b.hold() == recovery_hold::ecm);
        s.ecms = true;
        CHECK(b.run(1s) == "60.0 resend 1");
    }
    SECTION("no CA_PMT") {
        s.request.at = never;
        CHECK(b.run(60s) == "");
        CHECK(b.state() == recovery_state::none);
    }
    SECTION("not entitled") {
        s.request.refused = true;
        CHECK(b.run(60s) == "");
        CHECK(b.hold() == recovery_hold::refused);
        // it says so no more: the card has its rights
        s.request.refused = false;
        CHECK(b.run(3s) == "62.0 resend 1");
    }
}

TEST_CASE("a menu stops the ladder after what may help all the same") {
    bench b;
    b.ladder.menu(true, false, b.now);
    CHECK(b.run(60s) == "2.0 resend 1, 5.0 add_again 1");
    CHECK(b.hold() == recovery_hold::menu);
    b.ladder.menu(false, false, b.now);
    CHECK(b.run(3s) == "62.0 resend 1");
}

TEST_CASE("what a menu kept scrambled owes nothing to the step before its answer") {
    bench b;
    const bool answered = GENERATE(true, false);
    b.ladder.menu(true, false, b.now);
    REQUIRE(b.run(6s) == "2.0 resend 1, 5.0 add_again 1");
    b.ladder.menu(false, answered, b.now);
    b.services[1].sight.scrambled = false;
    CHECK(b.run(10s) == "7.0 menu_helped 1");
    CHECK(b.ladder.status(1)->menu_helped);
    CHECK_FALSE(b.ladder.status(1)->helped);
    CHECK(b.ladder.status(1)->steps[index(recovery_step::add_again)].times == 1);
    // nor was it the module that took its time
    b.services[1].sight.scrambled = true;
    CHECK(b.run(2500ms) == "18.0 resend 1");
}

TEST_CASE("after an answer the module gets its time, and a step that comes then may have helped") {
    bench b;
    b.ladder.menu(true, false, b.now);
    b.run(8s);
    b.ladder.menu(false, true, b.now);
    b.cure = recovery_step::resend;
    CHECK(b.run(4s) == "10.0 resend 1, 11.2 worked resend 1");
    CHECK(b.ladder.status(1)->helped == recovery_step::resend);
    CHECK_FALSE(b.ladder.status(1)->menu_helped);
}

TEST_CASE("a way to ask that was tried behind a menu is not judged") {
    bench b;
    b.run(10s);
    b.ladder.menu(true, false, b.now);
    CHECK(b.run(5s) == "14.0 drop programme_level 1 unjudged");
}

TEST_CASE("what a module shows and closes by itself, and nothing waited for, changes nothing") {
    bench b;
    b.run(6s);
    b.ladder.menu(true, false, b.now);
    b.run(1s);
    b.ladder.menu(false, false, b.now);
    CHECK(b.run(3s) == "9.0 programme_level 1");
}

TEST_CASE("it begins anew when something changes, and not when nothing does") {
    bench b;
    b.run(100s);
    REQUIRE(b.state() == recovery_state::given_up);
    SECTION("a PMT") {
        b.services[1].request.pmt_at = b.services[1].request.at = b.now;
        CHECK(b.run(3s) == "102.0 resend 1");
    }
    SECTION("a card, a module, a wish") {
        b.ladder.begin_anew(b.now);
        CHECK(b.run(6s) == "102.0 resend 1, 105.0 add_again 1");
    }
    SECTION("a CA_PMT repeated") {
        b.services[1].request.at = b.now;
        CHECK(b.run(30s) == "101.0 resend 1");
    }
}

TEST_CASE("resets for services are rare, whatever begins anew") {
    bench b;
    b.run(100s);
    for (int i = 0; i < 3; ++i) {
        b.ladder.begin_anew(b.now);
        const auto steps = b.run(90s);
        CHECK(steps.find("reset") == std::string::npos);
        CHECK(steps.find("slow_start") == std::string::npos);
        CHECK(steps.find("reconnect") != std::string::npos);
    }
    b.run(10min);
    b.ladder.begin_anew(b.now);
    CHECK(b.run(90s).find("reset") != std::string::npos);
}

TEST_CASE("several services that stay scrambled share what restarts the module") {
    bench b;
    b.services[2] = {};
    b.services[3] = {};
    const auto steps = b.run(200s);
    const auto count = [&](const std::string& word) {
        std::size_t n = 0;
        for (auto at = steps.find(word); at != std::string::npos; at = steps.find(word, at + 1))
            ++n;
        return n;
    };
    CHECK(count(" reconnect ") == 1);
    CHECK(count(" reset ") == 1);
    CHECK(count(" slow_start ") == 1);
    CHECK(count(" give_up ") == 3);
}

TEST_CASE("a module that takes its time gets it") {
    recovery_settings settings;
    SECTION("by its profile") {
        settings.usual_clear_time = 4s;
        bench b{settings};
        CHECK(b.run(7s) == "6.0 resend 1");
    }
    SECTION("once it was seen that a step was a step too soon") {
        bench b{settings};
        const auto clear_after = [&b](std::uint16_t program, duration time) {
            b.services[program].request.at = b.now;
            auto text = b.run(time);
            b.services[program].sight.scrambled = false;
            b.run(5s);
            return text;
        };
        CHECK(clear_after(1, 3s) == "2.0 resend 1");
        CHECK(clear_after(2, 3s) == "");
        CHECK(clear_after(3, 4s) == "");
    }
    SECTION("and one that needed the step gets it as soon as before") {
        bench b{settings};
        b.cure = recovery_step::resend;
        b.run(10s);
        for (std::uint16_t program = 2; program < 5; ++program) {
            b.services[program].request.at = b.now;
            b.run(10s);
        }
        b.services[5].request.at = b.now;
        CHECK(b.run(3s) == "42.0 resend 5");
    }
}
