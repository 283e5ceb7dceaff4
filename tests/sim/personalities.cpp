// SPDX-License-Identifier: LGPL-2.1-or-later
#include "policy/cam_profile.hpp"
#include "sim/personality/personality.hpp"
#include "support/catch.hpp"
#include "support/module_bench.hpp"

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
};

const std::map<std::string, expectation>& expectations() {
    static const std::map<std::string, expectation> all = {
        {"dragoncam", {"died", "reason", "polled too fast"}},
        {"powercam-v4", {"ca_pmt_ignored", "reason", "too soon after ca_info"}},
        {"nds-videoguard", {"ca_pmt_ignored", "reason", "too soon after ca_info"}},
        {"alphacrypt-3.09", {"service_dropped", "reason", "last but one not selected"}},
        {"alphacrypt-light", {"over_capacity", "program", 1, false, true}},
        {"irdeto-slow", {"boot", "slot", 0, true}},
        {"powercam-hd-3.1", {"ca_pmt_ignored", "reason", "update changes nothing"}},
        {"verimatrix-dance", {"ca_pmt_ignored", "reason", "update changes nothing"}},
        {"head-end-list", {"ca_pmt_ignored", "reason", "add is not obeyed"}},
        {"adds-only", {"ca_pmt_ignored", "reason", "only is not obeyed"}},
        {"update-rekeys", {"service_restarts", "program", 1}},
        {"cheap-few-pids", {"over_capacity", "program", 3}},
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

void check_failure(unsigned part, unsigned parts) {
    for (const auto& who : some(part, parts, true)) {
        INFO(who.name);
        const auto of = expected_of(who.name);
        REQUIRE(of.event != nullptr);
        module_bench bench{settings_for(who, {})};
        CHECK(evening(bench, of, 45s) != "");
        CHECK(blames(bench, of));
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

TEST_CASE("a CAM that needs a profile fails without it, for its own reason, 1 of 2") {
    check_failure(0, 2);
}
TEST_CASE("a CAM that needs a profile fails without it, for its own reason, 2 of 2") {
    check_failure(1, 2);
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
