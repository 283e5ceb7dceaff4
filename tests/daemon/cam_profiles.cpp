// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/cam_profiles.hpp"

#include "daemon/cam_keys.hpp"
#include "daemon/write_file.hpp"
#include "support/catch.hpp"
#include "support/module_bench.hpp"
#include "support/shipped_profiles.hpp"
#include "support/temporary_folder.hpp"

#include <algorithm>
#include <chrono>
#include <set>
#include <string>
#include <vector>

using namespace cihost;
using namespace cihost::daemon;
using namespace cihost::policy;
using namespace cihost::test;
using namespace std::chrono_literals;

namespace {

struct parsed {
    cam_profile_set set = shipped_profiles();
    std::vector<config_problem> problems;
};

parsed parse(const std::string& text) {
    parsed p;
    parse_cam_profiles(text, "/p.toml", p.set, p.problems);
    return p;
}

/// The one thing that is wrong with a profile of these lines; they begin in line 4.
std::string error_of(const std::string& lines) {
    const auto p = parse("version = 1\n[[profile]]\nname = \"x\"\n" + lines);
    REQUIRE(p.problems.size() == 1);
    CHECK(p.set.find("x") == nullptr); // never half of a file
    return p.problems[0].text();
}

const cam_profile& shipped(const std::string& name) {
    const auto* const found = shipped_profile(name);
    REQUIRE(found != nullptr);
    return *found;
}

std::string chosen(const std::string& name, const std::vector<std::uint16_t>& systems = {}) {
    return shipped_profiles().choose({0x1234, 0x5678, name}, systems).name;
}

} // namespace

TEST_CASE("the shipped profiles have no fault, a name of their own and a sentence") {
    const auto built_in = load_shipped_profiles({});
    CHECK(built_in.source == "built into cihostd");
    CHECK(built_in.remark.empty());
    CHECK(built_in.set.all().size() == 19);
    CHECK(built_in.set.all().front().profile.name == "default");
    cam_profile_set set;
    std::vector<config_problem> problems;
    parse_cam_profiles(built_in_profiles(), "profiles.toml", set, problems);
    for (const auto& problem : problems)
        FAIL_CHECK(problem.text());
    for (const auto& k : set.all()) {
        INFO(k.profile.name);
        REQUIRE_FALSE(k.profile.description.empty());
        CHECK(k.profile.description.back() == '.');
    }
}

TEST_CASE("profiles say what their modules need") {
    CHECK(shipped("dragoncam").slot.poll_floor == 300ms);
    CHECK_FALSE(shipped("dragoncam").slot.early_fetch);
    CHECK(shipped("nds-videoguard").ca_pmt.settle >= 10s);
    CHECK(shipped("powercam-hd-3.1").ca_pmt.change == ca_pmt_change::add);
    CHECK(shipped("alphacrypt-3.09").ca_pmt.withdrawal == ca_pmt_withdrawal::last_by_only);
    CHECK(shipped("irdeto-slow").supervision.ready_patience > 60s);
    CHECK(shipped("host-control-2").slot.resources.host_control == 2);
}

TEST_CASE("modules that introduce themselves get their profile") {
    CHECK(chosen("Dragon CAM") == "dragoncam");
    CHECK(chosen("DragonCAM 4.1") == "dragoncam");
    CHECK(chosen("AlphaCrypt Light") == "alphacrypt-light");
    CHECK(chosen("AlphaCrypt Light 3.09") == "alphacrypt-light");
    CHECK(chosen("AlphaCrypt 3.09") == "alphacrypt-3.09");
    CHECK(chosen("AlphaCrypt") == "alphacrypt-3.09");
    CHECK(chosen("AlphaCrypt Classic") == "alphacrypt-3.09");
    CHECK(chosen("PowerCam V4.3") == "powercam-v4");
    CHECK(chosen("PowerCam HD v3.1") == "powercam-hd-3.1");
    CHECK(chosen("NDS VideoGuard CAM") == "nds-videoguard");
    CHECK(chosen("TechniCrypt CX", {0x0D00}) == "default");
    CHECK(chosen("TechniCrypt IR", {0x0604}) == "menu-blocker");
    CHECK(chosen("cihost Sim CAM", {0x4AFE}) == "default");
    CHECK(chosen("") == "default");
}

TEST_CASE("a file goes on top: values of before hold where it has none") {
    const auto p = parse(R"(
version = 1
[[profile]]
name = "dragoncam"
pace_ms = 100
[[profile]]
name = "mine"
based_on = "dragoncam"
description = "Mine."
match = [{ manufacturer = 0xDC01, code = 0x0001, name = "D*" },
         { ca_systems = [0x0500, [0x0600, 0x06FF]] }]
poll_floor_ms = 250
close_unasked_menu_after_s = "never"
)");
    for (const auto& problem : p.problems)
        FAIL_CHECK(problem.text());
    const auto& dragon = p.set.find("dragoncam")->profile;
    CHECK(dragon.ca_pmt.pace == 100ms);
    CHECK(dragon.slot.poll_floor == 300ms);
    CHECK(dragon.description == shipped("dragoncam").description);
    CHECK(p.set.choose({0, 0, "Dragon CAM"}, {}).name == "dragoncam"); // its matches stay too
    const auto& mine = p.set.find("mine")->profile;
    CHECK(mine.description == "Mine.");
    CHECK(mine.slot.poll_floor == 250ms);
    CHECK(mine.ca_pmt.pace == 100ms);
    CHECK_FALSE(mine.slot.early_fetch);
    CHECK_FALSE(mine.close_unasked_menu_after);
    CHECK(p.set.choose({0xDC01, 1, "Dragon CAM"}, {}).name == "mine");
    CHECK(p.set.choose({0, 0, "x"}, std::vector<std::uint16_t>{0x0650}).name == "mine");
    CHECK(p.set.choose({0, 0, "x"}, std::vector<std::uint16_t>{0x0700}).name == "default");
}

TEST_CASE("what is wrong with a profile is told with file, line and key") {
    CHECK(error_of("poll_flor_ms = 1\n")
              .starts_with("/p.toml:4:1: profile.poll_flor_ms is not a known key; did you mean "
                           "'poll_floor_ms'?"));
    CHECK(error_of("poll_floor_ms = 99999\n") ==
          "/p.toml:4:17: profile.poll_floor_ms is 99999, which is out of range. Allowed: 0 to "
          "10000 (milliseconds)");
    CHECK(error_of("based_on = \"dragoncan\"\n")
              .starts_with("/p.toml:4:12: profile.based_on is 'dragoncan', which is no profile "
                           "above; did you mean "
                           "'dragoncam'?"));
    CHECK(error_of("change = \"ADD\"\n") ==
          "/p.toml:4:10: profile.change is 'ADD'. Allowed: \"update\", \"add\", \"replace\"");
    CHECK(error_of("match = [{ manufacturer = 70000 }]\n")
              .starts_with("/p.toml:4:27: profile.match.manufacturer is 70000, which is out"));
    CHECK(error_of("match = [{ nam = \"x\" }]\n").find("did you mean 'name'?") !=
          std::string::npos);
    CHECK(error_of("match = [{}]\n").find("empty table") != std::string::npos);
    CHECK(error_of("match = { name = \"x\" }\n").find("is not a list of tables.") !=
          std::string::npos);
    for (const auto* systems : {"[]", "[70000]", "[[2, 1]]", "[[1, 2, 3]]", "[\"0500\"]", "1"}) {
        INFO(systems);
        CHECK(error_of("match = [{ ca_systems = " + std::string(systems) + " }]\n")
                  .find("profile.match.ca_systems") != std::string::npos);
    }
    CHECK(error_of("application_information = 4\n").find("never given out") != std::string::npos);
    CHECK(error_of("close_unasked_menu_after_s = \"no\"\n").find("or \"never\"") !=
          std::string::npos);
}

TEST_CASE("what is wrong with the file as a whole") {
    CHECK(parse("[[profile]]\nname = \"a\"\n").problems.at(0).text() ==
          "/p.toml:1:1: version is missing. Allowed: version = 1, at the top");
    CHECK(parse("version = 2\n").problems.at(0).text().find("out of range") != std::string::npos);
    CHECK(parse("version = 1\nprofile = 3\n").problems.at(0).text().find("[[profile]]") !=
          std::string::npos);
    CHECK(parse("version = 1\n[[profile]]\nname = \"Big Name\"\n")
              .problems.at(0)
              .text()
              .starts_with("/p.toml:3:8: profile.name is 'Big Name'. Allowed: small letters"));
    CHECK(parse("version = 1\n[[profile]]\n").problems.at(0).text().find("name is missing") !=
          std::string::npos);
    CHECK(parse("version = \n").problems.at(0).text().find("this is not TOML") !=
          std::string::npos);
    CHECK(parse("version = 1\n").problems.empty());
}

TEST_CASE("the installed file is used if it is there and right, else what is built in") {
    const temporary_folder folder;
    const auto file = folder.path() / "profiles.toml";
    CHECK(load_shipped_profiles(file).source == "built into cihostd");
    CHECK(load_shipped_profiles(file).remark.empty());
    write_file(file, "version = 1\n[[profile]]\nname = \"installed\"\ndescription = \"It.\"\n");
    auto shipped = load_shipped_profiles(file);
    CHECK(shipped.source == file.string());
    CHECK(shipped.remark.empty());
    CHECK(shipped.set.find("installed") != nullptr);
    CHECK(shipped.set.find("dragoncam") == nullptr);
    write_file(file, "version = 3\n");
    shipped = load_shipped_profiles(file);
    CHECK(shipped.source == "built into cihostd");
    CHECK(shipped.remark.find("because of " + file.string() + ":1:11: version is 3") !=
          std::string::npos);
    CHECK(shipped.set.find("dragoncam") != nullptr);
    CHECK(installed_profiles_file().filename() == "profiles.toml");
    CHECK(installed_profiles_file().parent_path().filename() == "cihost");
}

TEST_CASE("a module without a fault clears with every profile") {
    const auto names = [] {
        std::vector<std::string> all;
        for (const auto& k : shipped_profiles().all())
            all.push_back(k.profile.name);
        return all;
    }();
    const auto name = GENERATE_COPY(from_range(names));
    INFO(name);
    const auto& profile = shipped(name);
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
