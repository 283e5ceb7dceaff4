// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sim/personality/personality.hpp"
#include "support/catch.hpp"

#include <chrono>
#include <string>
#include <vector>

using namespace cihost;
using namespace std::chrono_literals;

namespace {

using texts = std::vector<std::string>;

sim::personality_outcome read(const std::string& text) {
    return sim::read_personality("description = \"A module.\"\n" + text, "/tmp/my.cam.toml",
                                 0x1234);
}
/// What is wrong with it, without the file's name.
texts problems(const std::string& text) {
    texts all;
    for (const auto& problem : read(text).problems) {
        const std::string file = "/tmp/my.cam.toml:";
        REQUIRE(problem.starts_with(file));
        all.push_back(problem.substr(file.size()));
    }
    return all;
}

} // namespace

TEST_CASE("a personality has what its file says") {
    const auto outcome = read(R"(host_profile = "p"
[module]
name = "N"
manufacturer = 0x1234
code = 7
ca_systems = [0x0100, "broadcast"]
further_ca_systems = [[0x0500], ["broadcast", 2]]
boot_ms = 11
think_ms = 12
ecm_ms = 13
[link]
fragment_size = 3
answer_ms = 14
shortest_poll_ms = 15
[sessions]
waits_for = [0x00200041]
insists_on = [0x00600041, 1]
ask_again_ms = 16
reopens_after_ms = 17
[ca_info]
empty_for_ms = 18
empty_always = true
repeated_every_ms = 19
[ca_pmt]
ignored_for_ms = 20
wedged_within_ms = 21
only = "ignored"
add = "partly"
update = "obeyed"
minds_version = true
last_but_one_stops_all = true
restarts_on = ["only", "list", "add", "update"]
restart_ms = 22
programme_level_only = true
replies = true
refuses = true
long_reply = true
[capacity]
services = 2
streams = 3
newest_wins = true
[stream]
leaves_scrambling_bits = true
[card]
valid = false
authorised = true
lapses_after_ms = 23
outlives_reset = false
[needs]
tables = ["sdt", "eit", "tdt"]
table_patience_ms = 24
date_time = true
[menu]
popup = "q"
popup_after_ms = 25
popup_again_ms = 26
blocks = true
pin = "1234"
pin_services = [1, 2]
pin_tries = 5
part_size = 33
sends_close_mmi = false
closes_session = false
[[page]]
name = "m"
title = "T"
subtitle = "S"
bottom = "B"
items = ["plain", { text = "leads", opens = "q" }]
[[page]]
name = "q"
shape = "enquiry"
blind = true
answer_length = 4
expected = "e"
opens = "m"
wrong_opens = "q"
[[fault]]
fault = "slow"
after_ms = 27
after_objects = 28
lasts_ms = 29
every = 30
boots = 31
delay_ms = 32
)");
    REQUIRE(outcome.problems == texts{});
    const auto& who = outcome.value;
    CHECK(who.name == "my");
    CHECK(who.description == "A module.");
    CHECK(who.host_profile == "p");
    CHECK(who.module.name == "N");
    CHECK(who.module.manufacturer == 0x1234);
    CHECK(who.module.manufacturer_code == 7);
    using ids = std::vector<std::uint16_t>;
    CHECK(who.module.ca_system_ids == ids{0x0100, 0x1234});
    CHECK(who.module.further_ca_system_ids == std::vector<ids>{{0x0500}, {0x1234, 2}});
    CHECK(who.module.boot_time == 11ms);
    CHECK(who.module.think_time == 12ms);
    CHECK(who.module.ecm_time == 13ms);
    const auto& how = who.module.behaviour;
    CHECK(how.link.fragment_size == 3);
    CHECK(how.link.answer_time == 14ms);
    CHECK(how.link.shortest_poll == 15ms);
    CHECK(how.sessions.waits_for == std::vector<std::uint32_t>{0x00200041});
    CHECK(how.sessions.insists_on == std::vector<std::uint32_t>{0x00600041, 1});
    CHECK(how.sessions.ask_again == 16ms);
    CHECK(how.sessions.reopens_after == 17ms);
    CHECK(how.ca_info.empty_for == 18ms);
    CHECK(how.ca_info.empty_always);
    CHECK(how.ca_info.repeated_every == 19ms);
    CHECK(how.ca_pmt.ignored_for == 20ms);
    CHECK(how.ca_pmt.wedged_within == 21ms);
    using obedience = sim::ca_pmt_behaviour::obedience;
    CHECK(how.ca_pmt.only == obedience::ignored);
    CHECK(how.ca_pmt.add == obedience::partly);
    CHECK(how.ca_pmt.update == obedience::obeyed);
    CHECK(how.ca_pmt.last_but_one_stops_all);
    CHECK(how.ca_pmt.restarts_on.size() == 4);
    CHECK(how.ca_pmt.restart_time == 22ms);
    CHECK(how.ca_pmt.minds_version);
    CHECK(how.ca_pmt.programme_level_only);
    CHECK(how.ca_pmt.replies);
    CHECK(how.ca_pmt.refuses);
    CHECK(how.ca_pmt.long_reply);
    CHECK(how.capacity.services == 2);
    CHECK(how.capacity.streams == 3);
    CHECK(how.capacity.newest_wins);
    CHECK(how.stream.leaves_scrambling_bits);
    CHECK_FALSE(how.card.valid);
    CHECK(how.card.authorised);
    CHECK(how.card.lapses_after == 23ms);
    CHECK_FALSE(how.card.outlives_reset);
    CHECK(how.needs.table_pids == ids{0x11, 0x12, 0x14});
    CHECK(how.needs.table_patience == 24ms);
    CHECK(how.needs.date_time);
    REQUIRE(how.menu.popup);
    CHECK(how.menu.popup->page == "q");
    CHECK(how.menu.popup->after == 25ms);
    CHECK(how.menu.popup->again_after == 26ms);
    CHECK(how.menu.blocks);
    CHECK(how.menu.pin == "1234");
    CHECK(how.menu.pin_services == std::set<std::uint16_t>{1, 2});
    CHECK(how.menu.pin_tries == 5);
    CHECK(how.menu.part_size == 33);
    CHECK_FALSE(how.menu.sends_close_mmi);
    CHECK_FALSE(how.menu.closes_session);
    REQUIRE(how.menu.pages.size() == 2);
    const auto& menu = how.menu.pages.front();
    CHECK(menu.title + menu.subtitle + menu.bottom == "TSB");
    REQUIRE(menu.items.size() == 2);
    CHECK(menu.items[0].text + menu.items[0].opens == "plain");
    CHECK(menu.items[1].text + menu.items[1].opens == "leadsq");
    const auto& question = how.menu.pages.back();
    CHECK(question.shape == sim::menu_page::form::enquiry);
    CHECK(question.blind);
    CHECK(question.answer_length == 4);
    CHECK(question.expected + question.opens + question.wrong_opens == "emq");
    REQUIRE(how.faults.size() == 1);
    const auto& fault = how.faults.front();
    CHECK(fault.fault == sim::cam_fault::slow);
    CHECK(fault.after == 27ms);
    CHECK(fault.after_objects == 28);
    CHECK(fault.lasts == 29ms);
    CHECK(fault.every == 30);
    CHECK(fault.boots == 31);
    CHECK(fault.delay == 32ms);
}

TEST_CASE("what is not said is as in a good module") {
    const auto who = read("").value;
    CHECK(who.module.ca_system_ids == std::vector<std::uint16_t>{0x1234});
    CHECK(who.module.boot_time == sim::cam_settings{}.boot_time);
    CHECK(who.module.behaviour.faults.empty());
    CHECK(who.host_profile.empty());
}

TEST_CASE("what is wrong is told with file, line and key") {
    CHECK(problems("nam = 1") == texts{"2: nam is not a known key; there are: description, "
                                       "host_profile, module, link, sessions, ca_info, ca_pmt, "
                                       "capacity, card, needs, stream, page, menu, fault"});
    CHECK(problems("[module]\nnaem = \"x\"") ==
          texts{"3: module.naem is not a known key; did you mean 'name'?"});
    CHECK(problems("[module]\nname = 1") == texts{"3: module.name has to be text in quotes"});
    CHECK(problems("[module]\ncode = 65536") ==
          texts{"3: module.code has to be a whole number from 0 to 65535"});
    CHECK(problems("[module]\nboot_ms = -1") ==
          texts{"3: module.boot_ms has to be a whole number from 0 to 86400000"});
    CHECK(problems("[module]\nca_systems = [1,\n70000]") ==
          texts{"4: module.ca_systems has to hold CA system ids up to 0xFFFF, or \"broadcast\" for "
                "the head-end's"});
    CHECK(problems("[module]\nfurther_ca_systems = [1]") ==
          texts{"3: module.further_ca_systems has to hold a list for each further session"});
    CHECK(problems("[card]\nvalid = 1") == texts{"3: card.valid has to be true or false"});
    CHECK(problems("card = 1") == texts{"2: card has to be a table"});
    CHECK(problems("[needs]\ntables = \"sdt\"") ==
          texts{"3: needs.tables has to be a list in square brackets"});
    CHECK(problems("[needs]\ntables = [\"pat\"]") ==
          texts{"3: needs.tables has to be one of: sdt, eit, tdt"});
    CHECK(problems("[ca_pmt]\nadd = \"no\"") ==
          texts{"3: ca_pmt.add has to be one of: obeyed, ignored, partly"});
    CHECK(problems("[sessions]\nwaits_for = [\"host control\"]") ==
          texts{"3: sessions.waits_for has to hold resource identifiers such as 0x00200041"});
    CHECK(problems("[fault]\nfault = \"silent\"") ==
          texts{"2: fault has to be written as [[fault]]"});
    CHECK(problems("[[fault]]\nevery = 0\nfault = \"fire\"") ==
          texts{"4: fault.fault has to be one of: " + sim::known_cam_faults(),
                "3: fault.every has to be a whole number from 1 to 1000000"});
    CHECK(problems("[[fault]]\nevery = 2") ==
          texts{"2: fault.fault has to be there; one of: " + sim::known_cam_faults()});
    CHECK(problems("[[page]]\nshape = \"round\"\nname = \"m\"\nitems = [1]") ==
          texts{"3: page.shape has to be one of: menu, list, enquiry",
                "5: page.items has to hold texts, or { text = \"…\", opens = \"a page\" }"});
    CHECK(problems("[[page]]\nname = \"m\"\nopens = \"z\"") ==
          texts{"2: page 'm' leads to 'z', which is no page"});
    CHECK(problems("[menu]\npopup = \"z\"") == texts{"3: menu.popup is no page: 'z'"});
    CHECK(problems("[menu]\npin_services = [0]") ==
          texts{"3: menu.pin_services has to hold program numbers"});
    const auto syntax = problems("[module");
    REQUIRE(syntax.size() == 1);
    CHECK(syntax[0].starts_with("2: this is not TOML: "));
}

TEST_CASE("a personality without a description is none") {
    CHECK(sim::read_personality("", "x.toml", 0).problems.size() == 1);
}
