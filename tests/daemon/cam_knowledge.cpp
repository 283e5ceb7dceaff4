// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/cam_knowledge.hpp"

#include "daemon/cam_keys.hpp"
#include "policy/cam_lessons.hpp"
#include "sim/personality/personality.hpp"
#include "support/catch.hpp"
#include "support/module_bench.hpp"
#include "support/shipped_profiles.hpp"
#include "support/temporary_folder.hpp"

#include <chrono>
#include <set>
#include <string>

using namespace cihost;
using namespace cihost::daemon;
using namespace cihost::policy;
using namespace cihost::test;
using namespace std::chrono_literals;

namespace {

const cam_identity dragon{0xDC01, 1, "Dragon CAM"};
const std::vector<std::uint16_t> systems{0x4AFE};

const cam_key& key_of(std::string_view name) {
    for (const auto& key : cam_keys())
        if (key.name == name)
            return key;
    throw std::invalid_argument(std::string{name});
}

struct known_world {
    temporary_folder folder;
    cam_config settings;
    std::vector<runtime::log_record> log;

    known_world() { settings.memory = folder.path() / "state" / "cams.json"; }
    cam_knowledge begin() {
        return cam_knowledge{settings, [this](const auto& record) { log.push_back(record); }};
    }
};

std::string name_of(cam_profile p) { return p.name; }

/// A module in a slot whose host asks `cams` what it needs. What it does is learned.
bool watch_until_clear(cam_knowledge& cams, const std::string& personality, duration patience,
                       std::set<std::string>& complaints) {
    auto& adviser = cams.adviser("roof", {});
    auto outcome = sim::load_personality(personality, 0x4AFE);
    REQUIRE(outcome.problems.empty());
    module_bench bench{{.choose = [&](const profile_question& q) { return adviser.choose(0, q); },
                        .module = outcome.value.module}};
    cam_lessons lessons;
    bench.insert();
    bench.want(1);
    const auto end = bench.now + patience;
    time_point first_clear = never;
    const auto look = [&] {
        bench.run_for(250ms);
        if (bench.clear(1) && first_clear == never)
            first_clear = bench.now;
        const observed_service seen{.program_number = 1,
                                    .scrambled_on_air = true,
                                    .clear = bench.clear(1),
                                    .scrambled = !bench.clear(1),
                                    .first_clear = first_clear};
        lessons.look(bench.host, std::span{&seen, 1}, *adviser.memory(), {}, bench.now);
    };
    while (!bench.clear(1) && bench.now < end)
        look();
    look();
    for (const auto* event : {"died", "ca_pmt_ignored"})
        if (!bench.log.events(event).empty())
            complaints.insert(event);
    return bench.clear(1);
}

} // namespace

TEST_CASE("a profile is named, or pinned, or the one that fits; [cam] goes over each") {
    known_world world;
    world.settings.values = {{&key_of("pace_ms"), 123}};
    SECTION("the one that fits") {
        auto cams = world.begin();
        const auto p = cams.choose({}, "roof:0", {.who = dragon});
        CHECK(p.name == "dragoncam");
        CHECK(p.ca_pmt.pace == 123ms);
        CHECK(name_of(cams.choose("whole-list", "roof:0", {.who = dragon})) == "whole-list");
        CHECK(cams.choose("whole-list", "roof:0", {}).ca_pmt.pace == 123ms);
    }
    SECTION("the one that [cam] names") {
        world.settings.profile = "few-pids";
        auto cams = world.begin();
        CHECK(name_of(cams.choose({}, "roof:0", {.who = dragon})) == "few-pids");
        CHECK(name_of(cams.choose("whole-list", "roof:0", {.who = dragon})) == "whole-list");
        CHECK(name_of(cams.next_profile(dragon)) == "few-pids");
    }
    SECTION("the one that is pinned") {
        auto cams = world.begin();
        cams.memory().started(dragon, "dragoncam", 1s, {});
        cams.memory().pin(dragon, true, "slow-answers");
        CHECK(name_of(cams.choose({}, "roof:0", {.who = dragon, .ca_system_ids = systems})) ==
              "slow-answers");
        CHECK(name_of(cams.choose("whole-list", "roof:0", {.who = dragon})) == "whole-list");
        CHECK(cams.next_profile(dragon).ca_pmt.pace == 123ms);
    }
}

TEST_CASE("what was learned goes over the profile, unless the configuration names one") {
    known_world world;
    const bool learn = GENERATE(true, false);
    world.settings.learn = learn;
    auto cams = world.begin();
    cams.memory().started(dragon, "dragoncam", 1s, {});
    cams.memory().strategy_worked(dragon, {.listing = ca_pmt_listing::add});
    const auto p = cams.choose({}, "roof:0", {.who = dragon, .ca_system_ids = systems});
    CHECK((p.ca_pmt.listing == ca_pmt_listing::add) == learn);
    CHECK(cams.choose("dragoncam", "roof:0", {.who = dragon}).ca_pmt.listing ==
          ca_pmt_listing::only_then_add);
    CHECK((cams.adviser("roof", {}).memory() != nullptr) == learn);
}

TEST_CASE("before a module says its name it is taken for the last one, then for others") {
    known_world world;
    auto cams = world.begin();
    const auto guess = [&](unsigned nameless) {
        return name_of(cams.choose({}, "roof:0", {.nameless_starts = nameless}));
    };
    CHECK(guess(0) == "default");
    CHECK(guess(1) == "default");
    CHECK(guess(2) == "cautious");
    cams.choose({}, "roof:0", {.who = dragon});
    CHECK(guess(0) == "dragoncam");
    CHECK(guess(1) == "dragoncam");
    CHECK(guess(2) == "default");
    CHECK(guess(4) == "cautious");
    CHECK(guess(6) == "dragoncam");
    CHECK(name_of(cams.choose({}, "roof:1", {})) == "default");
}

TEST_CASE("a profile for CA systems is the guess of the next start too") {
    known_world world;
    auto set = std::make_shared<cam_profile_set>(shipped_profiles());
    known_cam seca;
    seca.profile.name = "seca";
    seca.matches = {{.ca_systems = {{0x0100, 0x01FF}}}};
    set->add(seca);
    world.settings.known = set;
    auto cams = world.begin();
    const cam_identity who{1, 2, "X"};
    CHECK(name_of(cams.choose({}, "roof:0", {.who = who})) == "default");
    CHECK(name_of(cams.choose({}, "roof:0",
                              {.who = who, .ca_system_ids = std::vector<std::uint16_t>{0x0100}})) ==
          "seca");
    cams.memory().started(who, "seca", 1s, {});
    CHECK(name_of(cams.choose({}, "roof:0", {})) == "seca");
    CHECK(name_of(cams.choose({}, "roof:0", {.who = who})) == "seca");
    CHECK(name_of(cams.choose({}, "roof:0", {.who = who, .ca_system_ids = systems})) == "default");
}

TEST_CASE("a module that dies of polls clears without a configuration, and the next time at once") {
    known_world world;
    std::set<std::string> complaints;
    {
        auto cams = world.begin();
        CHECK(watch_until_clear(cams, "dragoncam", 120s, complaints));
        CHECK(complaints.contains("died"));
        REQUIRE(cams.memory().records().size() == 1);
        const auto& record = cams.memory().records().begin()->second;
        CHECK(record.who.name == "Dragon CAM");
        CHECK(record.profile == "dragoncam");
        CHECK(record.starts == 1);
        CHECK(record.clears == 1);
        CHECK(record.most_services == 1);
        cams.finish();
    }
    auto cams = world.begin(); // the daemon was started again
    complaints.clear();
    CHECK(watch_until_clear(cams, "dragoncam", 30s, complaints));
    CHECK(complaints.empty());
    CHECK(cams.memory().find({0xDC01, 1, "Dragon CAM"})->starts == 2);
    CHECK(world.log.empty());
}

TEST_CASE("modules that say who they are before it matters clear without a configuration") {
    const auto* const who = GENERATE("powercam-v4", "nds-videoguard");
    known_world world;
    auto cams = world.begin();
    std::set<std::string> complaints;
    CHECK(watch_until_clear(cams, who, 30s, complaints));
    CHECK(complaints.empty());
}
