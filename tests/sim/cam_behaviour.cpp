// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sim/cam/behaviour.hpp"
#include "sim/cam/capacity.hpp"
#include "stream_bench.hpp"
#include "support/catch.hpp"
#include "support/hex.hpp"

#include <chrono>
#include <string>

using namespace cihost;
using namespace cihost::test;
using namespace std::chrono_literals;
using list_event = sim::ca_pmt_behaviour::list_event;
using obedience = sim::ca_pmt_behaviour::obedience;

namespace {

const auto only_service = "03 1122 C1 F007 01 09 04 4AFE E500 02 E101 F000 04 E102 F000"_hex;
const auto add_service = "04 1122 C1 F007 01 09 04 4AFE E500 02 E101 F000 04 E102 F000"_hex;
const auto update_service = "05 1122 C3 F007 01 09 04 4AFE E500 02 E101 F000"_hex;
const auto add_other = "04 3344 C1 F007 01 09 04 4AFE E501 02 E103 F000"_hex;
const auto not_selected = "05 1122 C1 F001 04"_hex;

std::vector<std::string> reasons(const cam_bench& bench, const char* event) {
    std::vector<std::string> all;
    for (const auto& e : bench.file.events(event))
        all.emplace_back(e.at("reason").as_string());
    return all;
}

using texts = std::vector<std::string>;

} // namespace

TEST_CASE("a card that was authorised before needs no EMM, and keeps what it has") {
    auto settings = with_card();
    settings.behaviour.card.authorised = true;
    settings.earlier_emms = {sim::make_emm(card_key, {service_key_number, service_key}, 1)};
    stream_bench bench{settings};
    const auto keys = bench.air.keys();
    for (int boot = 0; boot < 2; ++boot) {
        bench.ca_pmt(only_service);
        bench.give_ecm(ecm_pid, keys);
        CHECK(bench.clear(video_pid, keys));
        bench.insert();
        bench.connect();
    }
}

TEST_CASE("a card of somebody else understands no EMM") {
    auto settings = with_card();
    settings.behaviour.card.valid = false;
    stream_bench bench{settings};
    bench.entitle();
    bench.ca_pmt(only_service);
    const auto keys = bench.air.keys();
    bench.give_ecm(ecm_pid, keys);
    CHECK_FALSE(bench.clear(video_pid, keys));
    CHECK(bench.file.events("emm").empty());
}

TEST_CASE("an entitlement lapses unless EMMs keep coming, and comes back with one") {
    auto settings = with_card();
    settings.behaviour.card.lapses_after = 5s;
    stream_bench bench{settings};
    bench.entitle();
    bench.ca_pmt(only_service);
    const auto keys = bench.air.keys();
    bench.give_ecm(ecm_pid, keys);
    bench.now += 4s;
    bench.pass(bench.air.emm());
    bench.now += 4s;
    CHECK(bench.clear(video_pid, keys));
    bench.now += 1s;
    CHECK_FALSE(bench.clear(video_pid, keys));
    CHECK(bench.file.events("entitlement_lapsed").size() == 1);
    bench.give_ecm(ecm_pid, keys);
    CHECK_FALSE(bench.clear(video_pid, keys));
    bench.pass(bench.air.emm());
    bench.give_ecm(ecm_pid, keys);
    CHECK(bench.clear(video_pid, keys));
}

TEST_CASE("a module descrambles nothing before it has its tables and the date") {
    auto settings = with_card();
    settings.behaviour.needs = {.table_pids = {0x11}, .table_patience = 10s, .date_time = true};
    stream_bench bench{settings};
    bench.entitle();
    bench.ca_pmt(only_service);
    const auto keys = bench.air.keys();
    bench.give_ecm(ecm_pid, keys);
    CHECK_FALSE(bench.clear(video_pid, keys));
    bench.ca_object(0x9F8030, {}); // ca_info_enq
    bench.receive();
    for (const auto* block : {
             "01 A0 09 01 90 02 00 01 9F 80 12 00", // profile_change …
             "01 81 01 01",
             "01 A0 0D 01 90 02 00 01 9F 80 11 04 00 24 00 41", // … and Date-Time is there
             "01 81 01 01",                                     // open_session_request
             "01 A0 0A 01 92 07 00 00 24 00 41 00 04",
             "01 81 01 01", // date_time_enq
             "01 A0 0E 01 90 02 00 04 9F 84 41 05 EB D2 12 34 56",
         })
        bench.tell(block);
    REQUIRE(bench.file.events("date_time").size() == 1);
    CHECK_FALSE(bench.clear(video_pid, keys));
    bench.pass(bench.air.section(0x11, bytes(30, 0x42)));
    CHECK(bench.clear(video_pid, keys));
    bench.now += 10s + 1ns;
    CHECK_FALSE(bench.clear(video_pid, keys));
    CHECK(reasons(bench, "not_descrambling") ==
          texts{"no date", "no table on PID 17", "no table on PID 17"});
}

TEST_CASE("a CA_PMT can come too early, and too soon after another") {
    auto settings = with_card();
    settings.behaviour.ca_pmt.ignored_for = 4s;
    settings.behaviour.ca_pmt.wedged_within = 1s;
    stream_bench bench{settings};
    bench.ca_pmt(only_service); // before any CA_INFO
    bench.ca_object(0x9F8030, {});
    bench.now += 3s;
    bench.ca_pmt(only_service);
    CHECK(bench.file.events("service_enabled").empty());
    bench.now += 1s;
    bench.ca_pmt(only_service);
    CHECK(bench.file.events("service_enabled").size() == 1);
    bench.now += 1s - 1ns;
    bench.ca_pmt(add_other);
    CHECK(reasons(bench, "service_dropped") == texts{"wedged"});
    bench.now += 1h;
    bench.ca_pmt(only_service);
    CHECK(bench.file.events("service_enabled").size() == 1);
    CHECK(reasons(bench, "ca_pmt_ignored") ==
          texts{"too soon after ca_info", "too soon after ca_info", "wedged", "wedged"});
}

TEST_CASE("a whole list is one CA_PMT to those that wedge") {
    auto settings = with_card();
    settings.behaviour.ca_pmt.wedged_within = 1s;
    stream_bench bench{settings};
    auto first = add_service;
    first[0] = 0x01;
    auto last = add_other;
    last[0] = 0x02;
    bench.ca_pmt(first);
    bench.ca_pmt(last);
    CHECK(bench.file.events("service_enabled").size() == 2);
    CHECK(bench.file.events("wedged").empty());
}

TEST_CASE("modules differ in which CA_PMTs they obey") {
    auto settings = with_card();
    auto& how = settings.behaviour.ca_pmt;
    const auto ignored = [&] {
        stream_bench bench{settings};
        bench.ca_pmt(only_service);
        bench.ca_pmt(add_service);
        bench.ca_pmt(update_service);
        bench.ca_pmt(not_selected);
        return reasons(bench, "ca_pmt_ignored");
    };
    CHECK(ignored() == texts{});
    SECTION("no only") {
        how.only = obedience::ignored;
        CHECK(ignored() == texts{"only is not obeyed"});
    }
    SECTION("no add") {
        how.add = obedience::ignored;
        CHECK(ignored() == texts{"add is not obeyed"});
    }
    SECTION("no second add") {
        how.add = obedience::partly;
        CHECK(ignored() == texts{"add of a service that is there"});
    }
    SECTION("no update") {
        how.update = obedience::ignored;
        CHECK(ignored() == texts{"update is not obeyed", "update is not obeyed"});
    }
    SECTION("no update but a withdrawal") {
        how.update = obedience::partly;
        CHECK(ignored() == texts{"update changes nothing"});
    }
}

TEST_CASE("the last but one takes the last along") {
    auto settings = with_card();
    settings.behaviour.ca_pmt.last_but_one_stops_all = true;
    stream_bench bench{settings};
    bench.ca_pmt(only_service);
    bench.ca_pmt(add_other);
    bench.ca_pmt(not_selected);
    CHECK(reasons(bench, "service_dropped") == texts{"not selected", "last but one not selected"});
}

TEST_CASE("what runs passes scrambled for a while after another's update") {
    auto settings = with_card();
    settings.behaviour.ca_pmt.restarts_on = {list_event::update};
    settings.behaviour.ca_pmt.restart_time = 500ms;
    stream_bench bench{settings};
    bench.entitle();
    bench.ca_pmt(only_service);
    bench.ca_pmt(add_other);
    const auto keys = bench.air.keys();
    bench.give_ecm(ecm_pid, keys);
    CHECK(bench.clear(video_pid, keys));
    bench.ca_pmt(update_service); // its own
    CHECK(bench.clear(video_pid, keys));
    auto other = add_other;
    other[0] = 0x05;
    bench.ca_pmt(other);
    CHECK_FALSE(bench.clear(video_pid, keys));
    bench.now += 500ms;
    CHECK(bench.clear(video_pid, keys));
    CHECK(bench.file.events("service_restarts").size() == 1);
}

TEST_CASE("CA descriptors of streams are not everybody's") {
    auto settings = with_card();
    settings.behaviour.ca_pmt.programme_level_only = true;
    stream_bench bench{settings};
    bench.ca_pmt("03 1122 C1 F000 02 E101 F007 01 09 04 4AFE E500"_hex);
    CHECK(reasons(bench, "service_not_enabled") == texts{"no usable CA descriptor"});
    bench.ca_pmt(only_service);
    CHECK(bench.file.events("service_enabled").size() == 1);
}

TEST_CASE("CA_PMT_REPLY can be two bytes too long") {
    auto settings = with_card();
    settings.behaviour.ca_pmt.long_reply = true;
    stream_bench bench{settings};
    bench.ca_pmt("04 1122 CB F007 03 09 04 4AFE E500 02 E101 F000 04 E102 F000"_hex);
    CHECK(bench.receive() == "01 a0 15 01 90 02 00 03 9f 80 33 0c 11 22 cb 00 00 f1 e1 01 f1 e1 02 "
                             "f1 80 02 01 00");
}

TEST_CASE("CA_PMT_REPLY can come unasked, and refuse") {
    auto settings = with_card();
    settings.behaviour.ca_pmt.replies = true;
    SECTION("no entitlement yet") {
        stream_bench bench{settings};
        bench.ca_pmt(only_service);
        CHECK(bench.receive().find("9f 80 33") != std::string::npos);
        CHECK(bench.receive().find("9f 80 33") == std::string::npos);
        CHECK(bench.file.events("service_enabled").size() == 1);
    }
    SECTION("for technical reasons") {
        settings.behaviour.ca_pmt.refuses = true;
        stream_bench bench{settings};
        bench.ca_pmt(only_service);
        CHECK(bench.receive().find("f3 e1 01 f3") != std::string::npos);
        CHECK(bench.file.events("service_enabled").empty());
    }
}

TEST_CASE("CA_INFO can be empty at first, and come again") {
    auto settings = with_card();
    const std::string list = "01 a0 0b 01 90 02 00 03 9f 80 31 02 4a fe 80 02 01 00";
    const std::string empty = "01 a0 09 01 90 02 00 03 9f 80 31 00 80 02 01 00";
    SECTION("empty at first") {
        settings.behaviour.ca_info.empty_for = 6s;
        stream_bench bench{settings};
        bench.ca_object(0x9F8030, {});
        CHECK(bench.receive() == empty);
        bench.now += 6s;
        bench.poll();
        CHECK(bench.receive() == list);
    }
    SECTION("empty always") {
        settings.behaviour.ca_info.empty_always = true;
        stream_bench bench{settings};
        bench.ca_object(0x9F8030, {});
        CHECK(bench.receive() == empty);
        bench.now += 1h;
        CHECK(bench.poll() == "01 80 02 01 00");
    }
    SECTION("again and again") {
        settings.behaviour.ca_info.repeated_every = 2s;
        stream_bench bench{settings};
        bench.ca_object(0x9F8030, {});
        for (int n = 0; n < 3; ++n) {
            CHECK(bench.receive() == list);
            bench.now += 2s;
            bench.poll();
        }
    }
}

TEST_CASE("a module has room for so many services or streams, oldest or newest first") {
    const time_point now{1h};
    log_file file{now};
    sim::journal journal{file.log};
    const sim::selected_service one{1, {{0x101, {0x500}}, {0x102, {0x500}}}};
    const sim::selected_service two{2, {{0x201, {0x501}}}};
    const auto programs = [&](sim::capacity& of, const std::vector<sim::selected_service>& asked) {
        std::vector<unsigned> result;
        for (const auto& service : of.fit(asked, now))
            result.push_back(service.program_number);
        return result;
    };
    using numbers = std::vector<unsigned>;
    SECTION("no limit") {
        sim::capacity any{{}, journal};
        CHECK(programs(any, {one, two}) == numbers{1, 2});
        CHECK(file.events("over_capacity").empty());
    }
    SECTION("who came first stays") {
        sim::capacity single{{.services = 1}, journal};
        CHECK(programs(single, {two}) == numbers{2});
        CHECK(programs(single, {one, two}) == numbers{2});
        CHECK(programs(single, {one, two}) == numbers{2});
        CHECK(programs(single, {one}) == numbers{1});
        CHECK(file.events("over_capacity").size() == 1);
    }
    SECTION("who came last is taken") {
        sim::capacity single{{.services = 1, .newest_wins = true}, journal};
        CHECK(programs(single, {one}) == numbers{1});
        CHECK(programs(single, {one, two}) == numbers{2});
    }
    SECTION("by streams") {
        sim::capacity small{{.streams = 2}, journal};
        CHECK(programs(small, {one, two}) == numbers{1});
        sim::capacity smaller{{.streams = 1}, journal};
        CHECK(programs(smaller, {one, two}) == numbers{2});
    }
}
