// SPDX-License-Identifier: LGPL-2.1-or-later
#include "policy/cam_profile.hpp"
#include "sim/personality/personality.hpp"
#include "support/catch.hpp"
#include "support/module_bench.hpp"
#include "support/shipped_profiles.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

using namespace cihost;
using namespace cihost::test;
using namespace std::chrono_literals;

namespace {

/// What can be expected of a host with this module, and why one fails that knows nothing of it.
struct expectation {
    /// The module's journal: an event, and what its reason or another field has to be.
    const char* event = nullptr;
    const char* field = nullptr;
    boost::json::value value;
    /// The module is interrupted by its own doing: what counts is that everything comes back.
    bool interrupts_itself = false;
    /// It can do one service only.
    bool single = false;
    /// Without the profile: found out only when it happens, so that it costs what runs once.
    bool found_out_by_loss = false;
    /// Without the profile: what else there is to try would cost what runs.
    bool waits_for_running = false;
};

const std::map<std::string, expectation>& expectations() {
    static const std::map<std::string, expectation> all = {
        {"dragoncam", {"died", "reason", "polled too fast"}},
        {"powercam-v4", {"ca_pmt_ignored", "reason", "too soon after ca_info"}},
        {"nds-videoguard", {"ca_pmt_ignored", "reason", "too soon after ca_info"}},
        {"alphacrypt-3.09",
         {"service_dropped", "reason", "last but one not selected", false, false, true}},
        {"alphacrypt-light", {"over_capacity", "program", 1, false, true, true}},
        {"irdeto-slow", {"boot", "slot", 0, true}},
        {"powercam-hd-3.1", {"ca_pmt_ignored", "reason", "update changes nothing"}},
        {"verimatrix-dance", {"ca_pmt_ignored", "reason", "update changes nothing"}},
        {"head-end-list",
         {"ca_pmt_ignored", "reason", "add is not obeyed", false, false, false, true}},
        {"adds-only", {"ca_pmt_ignored", "reason", "only is not obeyed"}},
        {"update-rekeys", {"service_restarts", "program", 1, false, false, true}},
        {"cheap-few-pids", {"over_capacity", "program", 3, false, false, false, true}},
        {"programme-level", {"service_not_enabled", "reason", "no usable CA descriptor"}},
        {"menu-blocker", {"not_descrambling", "reason", "a menu is shown"}},
        {"host-control-2-waiter", {"session_refused", "resource", "00200042"}},
        {"slow-answers", {"connection", "state", "created"}},
        // these need nothing but patience
        {"falls-silent", {nullptr, nullptr, {}, true}},
        {"ready-drops", {nullptr, nullptr, {}, true}},
        {"falls-out", {nullptr, nullptr, {}, true}},
        {"repeated-ca-info", {}},
        {"session-reopener", {nullptr, nullptr, {}, true}},
        {"technicrypt-reset-loop", {nullptr, nullptr, {}, true}},
    };
    return all;
}

expectation expected_of(const std::string& name) {
    const auto found = expectations().find(name);
    return found == expectations().end() ? expectation{} : found->second;
}

sim::personality load(const std::string& name) {
    auto outcome = sim::load_personality(name, 0x4AFE);
    INFO(name);
    REQUIRE(outcome.problems == std::vector<std::string>{});
    return outcome.value;
}

module_bench_settings settings_for(const sim::personality& who,
                                   const policy::cam_profile& profile) {
    module_bench_settings settings;
    settings.name = who.name + ", profile " + profile.name;
    settings.profile = profile;
    settings.module = who.module;
    // CA descriptors at the streams are what such a module does not read
    if (who.module.behaviour.ca_pmt.programme_level_only)
        settings.headend.level = sim::ca_level::elementary_stream;
    return settings;
}

/// What a viewer does in an evening, step by step; the first that does not come about within
/// `patience`, or "".
std::string evening(module_bench& bench, const expectation& of, duration patience) {
    const auto clear = [&](std::uint16_t program) {
        return bench.run_until([&] { return bench.clear(program); }, patience);
    };
    std::uint64_t dark = 0;
    const auto undisturbed = [&] { return of.interrupts_itself || bench.dark_packets(1) == dark; };
    bench.insert();
    bench.want(1);
    if (!clear(1))
        return "1 does not get clear";
    bench.run_for(5s); // what falls silent by itself does so here
    if (!clear(1))
        return "1 does not stay clear";
    dark = bench.dark_packets(1);
    bench.want(3);
    if (of.single) {
        bench.run_for(6s);
        return undisturbed() && bench.clear(1) ? "" : "1 is disturbed by a second one";
    }
    if (!clear(3))
        return "3 does not get clear";
    bench.run_for(2s);
    if (!undisturbed() || !clear(1))
        return "1 is disturbed by a second one";
    bench.move_ecm_pid(3);
    // the old ECMs go on for 2 s, and their keys for a crypto period
    bench.run_for(6s);
    if (!bench.clear(3))
        return "3 is lost by a change of its PMT";
    if (!undisturbed())
        return "1 is disturbed by a change of 3";
    bench.unwant(3);
    bench.run_for(3s);
    if (!undisturbed() || !bench.clear(1))
        return "1 is disturbed by the end of 3";
    return "";
}

bool blames(const module_bench& bench, const expectation& of) {
    const auto events = bench.log.events(of.event);
    return std::any_of(events.begin(), events.end(), [&](const auto& event) {
        return event.contains(of.field) && event.at(of.field) == of.value;
    });
}

std::vector<std::string> names() {
    std::vector<std::string> all;
    for (const auto& made : sim::ready_made_personalities())
        all.emplace_back(made.name);
    return all;
}

/// In parts, so that they are tried side by side.
std::vector<sim::personality> some(unsigned part, unsigned parts, bool with_profile) {
    std::vector<sim::personality> all;
    unsigned n = 0;
    for (const auto& name : names())
        if (auto who = load(name); who.host_profile.empty() != with_profile && n++ % parts == part)
            all.push_back(std::move(who));
    return all;
}

/// Somebody has to type it.
bool wants_pin(const sim::personality& who) { return !who.module.behaviour.menu.pin.empty(); }

void check_without_profile(unsigned part, unsigned parts) {
    for (const auto& who : some(part, parts, false)) {
        if (wants_pin(who))
            continue;
        INFO(who.name);
        module_bench bench{settings_for(who, {})};
        CHECK(evening(bench, expected_of(who.name), 60s) == "");
    }
}

/// A host that does nothing for a module that fails but begin anew.
policy::cam_profile without_recovery() {
    policy::cam_profile profile;
    profile.recovery.enabled = false;
    return profile;
}

void check_failure(unsigned part, unsigned parts) {
    for (const auto& who : some(part, parts, true)) {
        INFO(who.name);
        const auto of = expected_of(who.name);
        REQUIRE(of.event != nullptr);
        module_bench bench{settings_for(who, without_recovery())};
        CHECK(evening(bench, of, 45s) != "");
        CHECK(blames(bench, of));
    }
}

/// 2 s of service 1: what a loss costs until it is noticed and made good.
constexpr std::uint64_t one_loss = 2000;

/// The same evening with a host that has to find out; then once more, as it has found out. The
/// first thing that does not come about, or "".
std::string evening_by_trial(module_bench& bench, const expectation& of) {
    const auto clear = [&](std::uint16_t program, duration patience) {
        return bench.run_until([&] { return bench.clear(program); }, patience);
    };
    bench.insert();
    bench.want(1);
    if (!clear(1, 120s))
        return "1 does not get clear";
    bench.run_for(10s);
    for (const bool first : {true, false}) {
        const auto before = bench.dark_packets(1);
        const auto undisturbed = [&] {
            return bench.dark_packets(1) <= before + (first && of.found_out_by_loss ? one_loss : 0);
        };
        bench.want(3);
        if (of.single || of.waits_for_running) {
            bench.run_for(20s);
            if (bench.clear(3))
                return "3 gets clear after all";
        } else if (!clear(3, first ? 60s : 5s)) {
            return "3 does not get clear";
        }
        bench.run_for(5s);
        bench.move_ecm_pid(3);
        bench.run_for(first ? 8s : 6s);
        if (!of.single && !of.waits_for_running && !clear(3, first ? 10s : 0s))
            return "3 is lost by a change of its PMT";
        bench.run_for(2s);
        bench.unwant(3);
        bench.run_for(8s);
        if (!undisturbed() || !bench.clear(1))
            return first ? "1 is disturbed" : "1 is disturbed again";
    }
    if (!of.waits_for_running)
        return "";
    bench.want(3);
    bench.run_for(20s);
    bench.unwant(1);
    return clear(3, 30s) ? "" : "3 does not get clear when 1 has ended";
}

void check_by_trial(unsigned part, unsigned parts) {
    for (const auto& who : some(part, parts, true)) {
        if (who.name == "menu-blocker")
            continue; // it waits for somebody: tests/policy/module_host_recovery.cpp
        INFO(who.name);
        module_bench bench{settings_for(who, {})};
        CHECK(evening_by_trial(bench, expected_of(who.name)) == "");
    }
}

/// The host took what the module wanted to show.
bool shown_menus(const module_bench& bench) {
    const auto opened = bench.log.events("session_opened");
    return std::any_of(opened.begin(), opened.end(),
                       [](const auto& event) { return event.at("resource") == "00400041"; });
}

void check_profile(unsigned part, unsigned parts) {
    for (const auto& who : some(part, parts, true)) {
        INFO(who.name);
        const auto* profile = shipped_profile(who.host_profile);
        REQUIRE(profile != nullptr);
        module_bench bench{settings_for(who, *profile)};
        const auto outcome = evening(bench, expected_of(who.name), 300s);
        if (profile->close_unasked_menu_after && !shown_menus(bench))
            continue; // a host without MMI closes nothing
        CHECK(outcome == "");
    }
}

} // namespace

TEST_CASE("a CAM that needs no profile clears with a host that knows nothing of it, 1 of 3") {
    check_without_profile(0, 3);
}
TEST_CASE("a CAM that needs no profile clears with a host that knows nothing of it, 2 of 3") {
    check_without_profile(1, 3);
}
TEST_CASE("a CAM that needs no profile clears with a host that knows nothing of it, 3 of 3") {
    check_without_profile(2, 3);
}

TEST_CASE("a CAM that needs a PIN clears when it is typed") {
    unsigned tried = 0;
    for (const auto& name : names()) {
        const auto who = load(name);
        if (!wants_pin(who))
            continue;
        ++tried;
        INFO(name);
        module_bench bench{settings_for(who, {})};
        bench.insert();
        bench.want(1);
        REQUIRE(bench.run_until([&] { return bench.host.menu().current().has_value(); }, 60s));
        CHECK_FALSE(bench.clear(1));
        bench.run_for(1s);
        const auto asked = bench.host.menu().current()->id;
        REQUIRE_FALSE(bench.answer_menu(asked, who.module.behaviour.menu.pin));
        CHECK(bench.run_until([&] { return bench.clear(1); }, 60s));
    }
    CHECK(tried > 0);
}

TEST_CASE("a CAM that needs a profile fails without it, for its own reason, 1 of 2") {
    check_failure(0, 2);
}
TEST_CASE("a CAM that needs a profile fails without it, for its own reason, 2 of 2") {
    check_failure(1, 2);
}
TEST_CASE("by trial a CAM clears without the profile that it needs, 1 of 4") {
    check_by_trial(0, 4);
}
TEST_CASE("by trial a CAM clears without the profile that it needs, 2 of 4") {
    check_by_trial(1, 4);
}
TEST_CASE("by trial a CAM clears without the profile that it needs, 3 of 4") {
    check_by_trial(2, 4);
}
TEST_CASE("by trial a CAM clears without the profile that it needs, 4 of 4") {
    check_by_trial(3, 4);
}

TEST_CASE("what is found out by a loss costs nothing where the module says its name") {
    std::vector<std::string> unknown;
    for (const auto& name : names()) {
        const auto of = expected_of(name);
        if (!of.found_out_by_loss)
            continue;
        INFO(name);
        const auto who = load(name);
        auto settings = settings_for(who, {});
        std::string chosen;
        settings.choose = [&](const policy::profile_question& question) {
            auto profile = question.who
                               ? shipped_profiles().choose(*question.who, question.ca_system_ids)
                               : policy::cam_profile{};
            chosen = profile.name;
            return profile;
        };
        module_bench bench{settings};
        const auto outcome = evening(bench, of, 60s);
        if (chosen == who.host_profile)
            CHECK(outcome == "");
        else
            unknown.push_back(name);
    }
    // nobody has met a module like this and told its name: see profiles.toml
    CHECK(unknown == std::vector<std::string>{"update-rekeys"});
}

TEST_CASE("every ready-made CAM can be read, and says what it is") {
    CHECK(names().size() >= 18);
    for (const auto& name : names()) {
        INFO(name);
        const auto who = load(name);
        CHECK(who.name == name);
        CHECK(who.description.ends_with("."));
        CHECK(who.module.ca_system_ids.size() + who.module.further_ca_system_ids.size() > 0);
    }
}

TEST_CASE("a CAM that minds versions follows a PMT that changes under its own") {
    module_bench bench{settings_for(load("version-minder"), {})};
    bench.insert();
    bench.want(1);
    bench.want(3);
    REQUIRE(bench.run_until([&] { return bench.clear(1) && bench.clear(3); }, 20s));
    const auto dark = bench.dark_packets(1);
    for (int i = 0; i < 3; ++i) {
        bench.move_ecm_pid(3, sim::pmt_version::kept);
        bench.run_for(6s);
        CHECK(bench.clear(3));
    }
    CHECK(bench.log.events("ca_pmt_ignored").empty());
    CHECK(bench.dark_packets(1) == dark);
}

TEST_CASE("long menus come to the host as they are") {
    const auto who = load("long-menus");
    const auto& pages = who.module.behaviour.menu.pages;
    REQUIRE(pages.size() == 3);
    module_bench bench{settings_for(who, {})};
    bench.insert();
    const auto shows = [&](const sim::menu_page& page) {
        return bench.run_until(
            [&] {
                const auto& menu = bench.host.menu().current();
                return menu && menu->display.title == page.title;
            },
            10s);
    };
    const auto answer = [&](const policy::menu_answer& with) {
        bench.run_for(200ms);
        const auto id = bench.host.menu().current()->id;
        CHECK_FALSE(bench.host.answer_menu(id, with, bench.now));
    };
    REQUIRE(bench.run_until([&] { return !bench.host.enter_menu(bench.now); }, 20s));
    REQUIRE(shows(pages[0]));
    const auto main = bench.host.menu().current()->display;
    CHECK(main.subtitle == pages[0].subtitle);
    CHECK(main.bottom == pages[0].bottom);
    REQUIRE(main.choices.size() == pages[0].items.size());
    for (std::size_t i = 0; i < main.choices.size(); ++i)
        CHECK(main.choices[i] == pages[0].items[i].text);

    answer(2U);
    REQUIRE(shows(pages[2]));
    CHECK(bench.host.menu().current()->display.answer_length == 40);
    answer(std::string{"an address"});
    REQUIRE(shows(pages[1]));
    const auto news = bench.host.menu().current()->display;
    REQUIRE(news.choices.size() == 3);
    CHECK(news.choices[0] == pages[1].items[0].text.substr(1)); // the character table's byte
    CHECK(news.choices[1] == pages[1].items[1].text);
    CHECK(bench.violations() == 0);
}

TEST_CASE("a CAM that needs a profile clears with it, 1 of 2") { check_profile(0, 2); }
TEST_CASE("a CAM that needs a profile clears with it, 2 of 2") { check_profile(1, 2); }
