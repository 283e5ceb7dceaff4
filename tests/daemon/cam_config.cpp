// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/cam_config.hpp"

#include "daemon/config.hpp"
#include "daemon/write_file.hpp"
#include "support/catch.hpp"
#include "support/places.hpp"
#include "support/shipped_profiles.hpp"
#include "support/temporary_folder.hpp"

#include <chrono>
#include <fstream>
#include <iterator>
#include <string>

using namespace cihost;
using namespace cihost::daemon;
using namespace std::chrono_literals;

namespace {

const std::string receiver = "[[receiver]]\ndevice = \"virtual:/v\"\nfrequency = 474000000\n";

config_outcome parse(const std::string& text) { return parse_config(text, "/etc/c.toml"); }

std::string error_of(const std::string& text) {
    const auto out = parse(text);
    REQUIRE(out.problems.size() == 1);
    return out.problems[0].text();
}

} // namespace

TEST_CASE("without a word about CAMs, a module that nothing is known of is expected") {
    const auto out = parse(receiver);
    REQUIRE(out.ok());
    const auto p = cam_profile_of(out.value.cam, out.value.receivers[0].cam_profile);
    CHECK(p.name == "default");
    CHECK(p.slot.poll_floor == 0ms);
    CHECK(p.insertion_kick);
    CHECK(describe(out.value.cam).empty());
}

TEST_CASE("a profile is named, and single values go over it") {
    const auto out =
        parse("[cam]\nprofile = \"dragoncam\"\npoll_floor_ms = 400\npace_ms = 3000\n" + receiver);
    REQUIRE(out.ok());
    const auto p = cam_profile_of(out.value.cam, {});
    CHECK(p.name == "dragoncam");
    CHECK(p.slot.poll_floor == 400ms);
    CHECK_FALSE(p.slot.early_fetch);
    CHECK(p.ca_pmt.pace == 3s);
    CHECK(describe(out.value).find("CAM profile 'dragoncam': DragonCAM") != std::string::npos);
}

TEST_CASE("a receiver has a profile of its own, and the single values all the same") {
    const auto out = parse("[cam]\nprofile = \"dragoncam\"\nmax_services = 2\n" + receiver +
                           "cam_profile = \"whole-list\"\n");
    REQUIRE(out.ok());
    const auto p = cam_profile_of(out.value.cam, out.value.receivers[0].cam_profile);
    CHECK(p.name == "whole-list");
    CHECK(p.slot.poll_floor == 0ms);
    CHECK(p.ca_pmt.listing == policy::ca_pmt_listing::whole_list);
    CHECK(p.ca_pmt.max_services == 2);
    CHECK(describe(out.value).find("\n  CAM profile 'whole-list': ") != std::string::npos);
}

TEST_CASE("every key of [cam] has its value and its line") {
    const auto with_all_keys = [](const std::string& profile, const std::string& patience_ms) {
        return parse("\n[cam]\n" + profile + "answer_patience_ms = " + patience_ms + R"(
poll_floor_ms = 300
ready_patience_s = 60
early_fetch = true
insertion_kick = true
close_unasked_menu_after_s = 5
listing = "whole-list"
change = "replace"
withdrawal = "whole-list"
settle_ms = 1500
pace_ms = 500
max_services = 3
max_streams = 0
presentation_streams_only = true
raise_ca_descriptors = true
)" + receiver);
    };
    CHECK_FALSE(with_all_keys("", "400").ok()); // below any answer
    const auto good = with_all_keys("profile = \"cautious\"\n", "1000");
    REQUIRE(good.ok());
    const auto p = cam_profile_of(good.value.cam, {});
    CHECK(p.slot.poll_floor == 300ms);
    CHECK(p.slot.dead_after == 1s);
    CHECK(p.slot.suspect_after <= p.slot.dead_after);
    CHECK(p.supervision.ready_patience == 60s);
    CHECK(p.slot.early_fetch);
    CHECK(p.insertion_kick);
    CHECK(p.close_unasked_menu_after == 5s);
    CHECK(p.ca_pmt.listing == policy::ca_pmt_listing::whole_list);
    CHECK(p.ca_pmt.change == policy::ca_pmt_change::replace);
    CHECK(p.ca_pmt.withdrawal == policy::ca_pmt_withdrawal::whole_list);
    CHECK(p.ca_pmt.settle == 1500ms);
    CHECK(p.ca_pmt.pace == 500ms);
    CHECK(p.ca_pmt.max_services == 3);
    CHECK(p.ca_pmt.max_streams == 0);
    CHECK(p.ca_pmt.presentation_streams_only);
    CHECK(p.ca_pmt.raise_ca_descriptors);
    const auto text = describe(good.value.cam);
    const auto* const own = test::shipped_profile("cautious");
    CHECK(text == "CAM profile 'cautious': " + own->description + R"(
CAMs are polled every 300 ms at most
answers of CAMs are awaited for 1000 ms
answers of CAMs are fetched early
CAMs have 60 s to become ready after a reset
empty CI slots are looked into early
menus that nobody asked for are closed after 5 s
services are listed all together each time
changed services are withdrawn and added again
services are withdrawn by a list of the others
CAMs settle for 1500 ms before they are asked for a service
CAMs are asked for services 500 ms apart
CAMs are asked for 3 services at most
CAMs are asked for any number of streams
CAMs are asked for video, audio and subtitles alone
CA descriptors that all streams share are raised to the programme
)");
}

TEST_CASE("a profile that there is not is told with those that there are") {
    std::string names;
    for (const auto& k : test::shipped_profiles().all())
        names += (names.empty() ? "" : ", ") + k.profile.name;
    CHECK(error_of("[cam]\nprofile = \"dragoncan\"\n" + receiver) ==
          "/etc/c.toml:2:11: cam.profile is 'dragoncan', which is no profile; did you mean "
          "'dragoncam'? Allowed: " +
              names);
    CHECK(error_of(receiver + "cam_profile = \"xyz\"\n") ==
          "/etc/c.toml:4:15: receiver.cam_profile is 'xyz', which is no profile. Allowed: " +
              names);
    CHECK(error_of("[cam]\nlisting = \"ADD\"\n" + receiver) ==
          "/etc/c.toml:2:11: cam.listing is 'ADD'. Allowed: \"only-then-add\", \"add\", "
          "\"whole-list\"");
}

TEST_CASE("the example names every profile") {
    std::ifstream file{test::source_file("src/daemon/cihostd.example.toml")};
    const std::string text{std::istreambuf_iterator<char>{file}, {}};
    for (const auto& k : test::shipped_profiles().all()) {
        INFO(k.profile.name);
        CHECK(text.find('"' + k.profile.name + '"') != std::string::npos);
    }
}

TEST_CASE("profiles of one's own lie beside the configuration, or where it says") {
    const test::temporary_folder folder;
    const auto file = folder.path() / "cihostd.toml";
    const auto load = [&](const std::string& text) { return parse_config(text, file); };
    const auto own = [](const std::string& name) {
        return "version = 1\n[[profile]]\nname = \"" + name + "\"\ndescription = \"It.\"\n";
    };
    CHECK_FALSE(load("[cam]\nprofile = \"mine\"\n" + receiver).ok());
    test::write_file(folder.path() / "profiles.toml", own("mine") + "pace_ms = 7\n");
    auto out = load("[cam]\nprofile = \"mine\"\n" + receiver);
    REQUIRE(out.ok());
    CHECK(cam_profile_of(out.value.cam, {}).ca_pmt.pace == 7ms);
    CHECK(describe(out.value).find("CAM profiles built into cihostd, and " +
                                   (folder.path() / "profiles.toml").string() + " on top\n") !=
          std::string::npos);
    test::write_file(folder.path() / "other.toml", own("other"));
    out = load("[cam]\nprofiles = \"other.toml\"\n" + receiver + "cam_profile = \"other\"\n");
    CHECK(out.ok());
    out = load("[cam]\nprofiles = \"none.toml\"\n" + receiver);
    REQUIRE(out.problems.size() == 1);
    CHECK(out.problems[0].text().find("none.toml: cannot be read: No such file") !=
          std::string::npos);
    test::write_file(folder.path() / "profiles.toml", own("mine") + "pace_s = 7\n");
    out = load(receiver);
    REQUIRE(out.problems.size() == 1);
    CHECK(out.problems[0].text().find("profiles.toml:5:1: profile.pace_s is not a known key; did "
                                      "you mean 'pace_ms'?") != std::string::npos);
}
