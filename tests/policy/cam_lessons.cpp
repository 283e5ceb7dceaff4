// SPDX-License-Identifier: LGPL-2.1-or-later
#include "policy/cam_lessons.hpp"

#include "support/catch.hpp"
#include "support/module_bench.hpp"

#include <chrono>
#include <map>
#include <vector>

using namespace cihost;
using namespace cihost::policy;
using namespace cihost::test;
using namespace std::chrono_literals;

namespace {

/// A viewer's evening, and what it teaches.
struct lesson_bench {
    module_bench bench;
    cam_memory memory;
    cam_lessons lessons;
    std::map<std::uint16_t, time_point> first_clear;
    const cam_identity who{0xC140, 1, "cihost Sim CAM"};

    explicit lesson_bench(module_bench_settings settings = {})
        : bench{std::move(settings)} {}

    void run(duration length) {
        for (const auto end = bench.now + length; bench.now < end;) {
            bench.run_for(250ms);
            std::vector<observed_service> seen;
            for (const auto program : std::vector<std::uint16_t>{1, 3}) {
                const auto status = bench.host.plan().status(program);
                if (!status || status->phase != service_phase::requested)
                    continue;
                const bool clear = bench.clear(program);
                auto& first = first_clear.try_emplace(program, never).first->second;
                if (clear && first == never)
                    first = bench.now;
                seen.push_back({.program_number = program,
                                .scrambled_on_air = true,
                                .clear = clear,
                                .scrambled = !clear,
                                .first_clear = first});
            }
            lessons.look(bench.host, seen, memory, std::chrono::sys_seconds{1s}, bench.now);
        }
    }
    void want(std::uint16_t program) {
        first_clear.erase(program);
        bench.want(program);
    }
    const cam_record& record() const {
        const auto* const found = memory.find(who);
        REQUIRE(found != nullptr);
        return *found;
    }
};

} // namespace

TEST_CASE("an evening with a module teaches its times, what it can do, and what works") {
    lesson_bench b;
    b.bench.insert();
    b.want(1);
    b.run(10s);
    CHECK(b.record().starts == 1);
    CHECK(b.record().usual_start < 2s);
    CHECK(b.record().clears == 1);
    REQUIRE(b.record().usual_clear);
    CHECK(*b.record().usual_clear > 0ms);
    CHECK(*b.record().usual_clear < 5s);
    CHECK(b.record().most_services == 1);
    CHECK(b.memory.proven_strategy(b.who) == ca_pmt_strategy{});
    CHECK(b.record().strategies.at(0).worked == 1);
    b.want(3);
    b.run(10s);
    CHECK(b.record().most_services == 2);
    CHECK(b.record().clears == 2);
    b.run(60s);
    CHECK(b.record().clears == 2); // told once
    CHECK(b.record().slowest_answer);
    CHECK(b.record().limit_met == 0);

    b.bench.eject();
    b.run(2s);
    b.bench.insert();
    b.first_clear.clear();
    b.run(10s);
    CHECK(b.record().starts == 2);
    CHECK(b.record().clears == 4);
}

TEST_CASE("a module whose service goes dark beside another has met its limit") {
    module_bench_settings settings;
    settings.profile.recovery.enabled = false; // it would see to it that the first stays clear
    settings.module.behaviour.capacity.services = 1;
    settings.module.behaviour.capacity.newest_wins = true;
    lesson_bench b{settings};
    b.bench.insert();
    b.want(1);
    b.run(10s);
    b.want(3);
    b.run(40s);
    CHECK(b.record().limit_met == 1);
    CHECK(b.record().services_limit == 1);
    CHECK(b.record().most_services == 1);
}

TEST_CASE("a service that never was clear is no limit") {
    module_bench_settings settings;
    settings.module.behaviour.capacity.services = 1;
    lesson_bench b{settings};
    b.bench.insert();
    b.want(1);
    b.run(10s);
    b.want(3); // perhaps there are no rights to it
    b.run(60s);
    CHECK(b.record().limit_met == 0);
}

TEST_CASE("a way to ask that had to be helped has not worked") {
    module_bench_settings settings;
    SECTION("by asking again: a module that does not listen at once") {
        settings.module.behaviour.ca_pmt.ignored_for = 4s;
    }
    SECTION("by another way, which is told by itself: a module that ignores ONLY") {
        settings.module.behaviour.ca_pmt.only = sim::ca_pmt_behaviour::obedience::ignored;
    }
    lesson_bench b{settings};
    b.bench.insert();
    b.want(1);
    b.run(30s);
    REQUIRE(b.bench.clear(1));
    CHECK(b.record().strategies.empty());
    CHECK(b.record().clears == 0);
    CHECK(b.record().most_services == 1); // which is true all the same
    // the next one is clear without help
    b.want(3);
    b.run(10s);
    REQUIRE(b.bench.clear(3));
    CHECK(b.record().clears == 1);
    CHECK(b.record().strategies.size() == 1);
    CHECK(b.record().strategies.at(0).worked == 1);
}

TEST_CASE("what waited for somebody's PIN teaches nothing of times, ways and limits") {
    module_bench_settings settings;
    settings.module.behaviour.menu.pages = {
        {.name = "main", .shape = sim::menu_page::form::list, .title = "Parental control"}};
    settings.module.behaviour.menu.pin = "1234";
    lesson_bench b{settings};
    b.bench.insert();
    b.want(1);
    const auto patience = GENERATE(as<duration>{}, 2s, 8s); // before the first step, and after two
    b.run(patience);
    REQUIRE(b.bench.host.menu_waits());
    REQUIRE_FALSE(b.bench.answer_menu(b.bench.host.menu().current()->id, std::string{"1234"}));
    b.run(10s);
    REQUIRE(b.bench.clear(1));
    CHECK(b.record().clears == 0);
    CHECK(b.record().strategies.empty());
    // no PIN is asked for
    b.want(3);
    b.run(10s);
    REQUIRE(b.bench.clear(3));
    CHECK(b.record().clears == 1);
}

TEST_CASE("a service that is dark behind a menu is no limit of the module") {
    module_bench_settings settings;
    settings.profile.recovery.enabled = false;
    settings.module.behaviour.menu.pages = {
        {.name = "notice", .shape = sim::menu_page::form::list, .title = "Parental control"}};
    settings.module.behaviour.menu.popup = sim::menu_popup{.page = "notice", .after = 25s};
    settings.module.behaviour.capacity.services = 1;
    settings.module.behaviour.capacity.newest_wins = true;
    lesson_bench b{settings};
    b.bench.insert();
    b.want(1);
    b.run(20s);
    b.want(3);
    b.run(60s);
    REQUIRE(b.bench.host.menu_waits());
    CHECK(b.record().limit_met == 0);
}

TEST_CASE("what is forgotten of a module in use begins anew with what is known of it") {
    lesson_bench b;
    b.bench.insert();
    b.want(1);
    b.run(10s);
    REQUIRE(b.record().clears == 1);
    SECTION("while it is in use") { b.memory.learn_anew(b.who, "default", {}); }
    SECTION("as if it were in none") { b.memory.forget(b.who); }
    b.run(1s);
    CHECK(b.record().starts == 1);
    CHECK(b.record().usual_start);
    CHECK(b.record().clears == 1); // the service that is clear now
    CHECK(b.record().strategies.at(0).worked == 1);
    CHECK(b.record().most_services == 1);
    b.run(10s);
    CHECK(b.record().starts == 1);
    CHECK(b.record().clears == 1);
}
