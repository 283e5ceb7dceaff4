// SPDX-License-Identifier: LGPL-2.1-or-later
#include "policy/cam_profile.hpp"
#include "support/catch.hpp"
#include "support/module_bench.hpp"

#include <algorithm>
#include <chrono>
#include <set>
#include <string>

using namespace cihost;
using namespace cihost::policy;
using namespace cihost::test;
using namespace std::chrono_literals;

TEST_CASE("each profile has a name of its own and a sentence") {
    std::set<std::string> names;
    for (const auto& p : known_cam_profiles()) {
        INFO(p.name);
        CHECK(names.insert(p.name).second);
        CHECK(std::ranges::all_of(p.name, [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
        }));
        REQUIRE_FALSE(p.description.empty());
        CHECK(p.description.back() == '.');
        CHECK(find_cam_profile(p.name) == &p);
    }
    CHECK(find_cam_profile("default") == &known_cam_profiles().front());
    CHECK(find_cam_profile("no such module") == nullptr);
    CHECK(find_cam_profile("") == nullptr);
}

TEST_CASE("profiles say what their modules need") {
    CHECK(find_cam_profile("dragoncam")->slot.poll_floor == 300ms);
    CHECK_FALSE(find_cam_profile("dragoncam")->slot.early_fetch);
    CHECK(find_cam_profile("nds-videoguard")->ca_pmt.settle >= 10s);
    CHECK(find_cam_profile("powercam-hd-3.1")->ca_pmt.change == ca_pmt_change::add);
    CHECK(find_cam_profile("alphacrypt-3.09")->ca_pmt.withdrawal == ca_pmt_withdrawal::whole_list);
    CHECK(find_cam_profile("irdeto-slow")->supervision.ready_patience > 60s);
    CHECK(find_cam_profile("host-control-2")->slot.resources.host_control == 2);
}

TEST_CASE("a module without a fault clears with every profile") {
    const auto names = [] {
        std::vector<std::string> all;
        for (const auto& p : known_cam_profiles())
            all.push_back(p.name);
        return all;
    }();
    const auto name = GENERATE_COPY(from_range(names));
    INFO(name);
    const auto& profile = *find_cam_profile(name);
    module_bench bench{{.profile = profile}};
    bench.insert();
    bench.want(1);
    bench.run_for(1ms);
    bench.want(3);
    REQUIRE(bench.run_until([&] { return bench.clear(1); }, 60s));
    const bool one_at_a_time = profile.ca_pmt.max_services == 1;
    if (one_at_a_time) {
        bench.run_for(2s);
        CHECK(bench.host.plan().status(3)->phase == service_phase::over_capacity);
        bench.unwant(1);
    }
    REQUIRE(bench.run_until([&] { return bench.clear(3); }, 20s));
    bench.move_ecm_pid(3);
    bench.run_for(6s);
    CHECK(bench.clear(3));
    CHECK(bench.clear(1) == !one_at_a_time);
    CHECK(bench.host.restarts() == 0);
    CHECK(bench.violations() == 0);
}
