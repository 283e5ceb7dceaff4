// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sim/cam/cam.hpp"

#include "cam_bench.hpp"
#include "support/catch.hpp"
#include "support/hex.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace cihost;
using namespace cihost::test;
using namespace std::chrono_literals;

namespace {

sim::cam_settings test_cam() {
    sim::cam_settings settings;
    settings.name = "Test CAM";
    settings.manufacturer = 0x1234;
    settings.manufacturer_code = 0x5678;
    settings.ca_system_ids = {0x0500, 0x0B00};
    return settings;
}

sim::cam_settings without_thinking() {
    auto settings = test_cam();
    settings.think_time = 0ms;
    return settings;
}

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](char c) {
        return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return text;
}

} // namespace

TEST_CASE("a start-up goes as in the worked trace") {
    const std::vector<std::pair<const char*, const char*>> trace = {
        {"01 82 01 01", "01 83 01 01 80 02 01 00"},
        {"01 A0 01 01", "01 80 02 01 80"},
        {"01 81 01 01", "01 A0 07 01 91 04 00 01 00 41 80 02 01 00"},
        {"01 A0 0A 01 92 07 00 00 01 00 41 00 01", "01 80 02 01 00"},
        {"01 A0 09 01 90 02 00 01 9F 80 10 00", "01 80 02 01 00"}, // profile_enq
        {"01 A0 01 01", "01 80 02 01 80"},
        {"01 81 01 01", "01 A0 09 01 90 02 00 01 9F 80 11 00 80 02 01 00"},
        {"01 A0 09 01 90 02 00 01 9F 80 12 00", "01 80 02 01 00"}, // profile_change
        {"01 A0 01 01", "01 80 02 01 80"},
        {"01 81 01 01", "01 A0 09 01 90 02 00 01 9F 80 10 00 80 02 01 00"},
        {"01 A0 1D 01 90 02 00 01 9F 80 11 14 00 01 00 41 00 02 00 41 00 03 00 41 00 24 00 41 00 "
         "40 00 41",
         "01 80 02 01 00"},
        {"01 A0 01 01", "01 80 02 01 80"},
        {"01 81 01 01", "01 A0 07 01 91 04 00 02 00 41 80 02 01 00"},
        {"01 A0 0A 01 92 07 00 00 02 00 41 00 02", "01 80 02 01 00"},
        {"01 A0 09 01 90 02 00 02 9F 80 20 00", "01 80 02 01 00"},
        {"01 A0 01 01", "01 80 02 01 80"},
        {"01 81 01 01",
         "01 A0 17 01 90 02 00 02 9F 80 21 0E 01 12 34 56 78 08 54 65 73 74 20 43 41 "
         "4D 80 02 01 00"},
        {"01 A0 01 01", "01 80 02 01 80"},
        {"01 81 01 01", "01 A0 07 01 91 04 00 03 00 41 80 02 01 00"},
        {"01 A0 0A 01 92 07 00 00 03 00 41 00 03", "01 80 02 01 00"},
        {"01 A0 09 01 90 02 00 03 9F 80 30 00", "01 80 02 01 00"},
        {"01 A0 01 01", "01 80 02 01 80"},
        {"01 81 01 01", "01 A0 0D 01 90 02 00 03 9F 80 31 04 05 00 0B 00 80 02 01 00"},
        {"01 A0 01 01", "01 80 02 01 80"},
        {"01 81 01 01", "01 A0 07 01 91 04 00 24 00 41 80 02 01 00"},
        {"01 A0 0A 01 92 07 00 00 24 00 41 00 04", "01 80 02 01 00"},
        {"01 A0 01 01", "01 80 02 01 80"},
        {"01 81 01 01", "01 A0 0A 01 90 02 00 04 9F 84 40 01 0A 80 02 01 00"},
        {"01 A0 10 01 90 02 00 04 9F 84 41 07 EB D2 12 34 56 00 3C", "01 80 02 01 00"},
        {"01 A0 20 01 90 02 00 03 9F 80 32 17 03 11 22 CB F0 07 01 09 04 0B 00 E5 00 02 E1 01 F0 "
         "00 04 E1 02 F0 00",
         "01 80 02 01 00"},
        {"01 A0 20 01 90 02 00 03 9F 80 32 17 03 11 22 CB F0 07 03 09 04 0B 00 E5 00 02 E1 01 F0 "
         "00 04 E1 02 F0 00",
         "01 80 02 01 00"},
        {"01 A0 01 01", "01 80 02 01 80"},
        // here no EMM has come yet: CA_enable 71 (no entitlement) instead of 01
        {"01 81 01 01", "01 A0 13 01 90 02 00 03 9F 80 33 0A 11 22 CB F1 E1 01 F1 E1 02 F1 80 02 "
                        "01 00"},
        {"01 84 01 01", "01 85 01 01 80 02 01 00"},
    };
    cam_bench bench{test_cam()};
    bench.insert();
    for (const auto& [host, module] : trace) {
        INFO(host);
        if (std::string_view{host} == "01 A0 01 01")
            bench.now += 20ms; // think_time
        CHECK(bench.tell(host) == lower(module));
    }
    CHECK(bench.violations() == 0);
    const auto& file = bench.file;
    CHECK(file.events("session_opened").size() == 4);
    CHECK(file.events("profile").at(0).at("resources").as_array().size() == 5);
    CHECK(file.events("date_time").at(0).at("utc") == "2024-03-01T12:34:56Z");
    CHECK(file.events("ca_pmt").at(0).at("program") == 0x1122);
    CHECK(file.events("ca_pmt").at(1).at("command") == "query");
    CHECK(file.events("service_enabled").size() == 1);
    CHECK(file.events("service_dropped").at(0).at("reason") == "transport connection deleted");
}

TEST_CASE("the CAM speaks only when asked, and has its objects ready after think_time") {
    cam_bench bench{test_cam()};
    bench.insert();
    bench.tell("01 82 01 01");
    bench.now += 20ms - 1ns;
    CHECK(bench.poll() == "01 80 02 01 00");
    CHECK_FALSE(bench.cam.host_reads(bench.now));
    bench.now += 1ns;
    CHECK_FALSE(bench.cam.host_reads(bench.now));
    CHECK(bench.cam.deadline() == never);
    CHECK(bench.poll() == "01 80 02 01 80");
    CHECK(bench.poll() == "01 80 02 01 80");
}

TEST_CASE("boot_time, removal and insertion") {
    cam_bench bench{without_thinking()};
    CHECK_FALSE(bench.cam.present());
    CHECK(bench.cam.deadline() == never);
    bench.cam.boot(bench.now);
    CHECK(bench.cam.present());
    CHECK(bench.cam.deadline() == bench.now + 1s);
    bench.now += 1s - 1ns;
    CHECK_FALSE(bench.cam.ready(bench.now));
    CHECK(bench.tell("01 82 01 01").empty());
    bench.now += 1ns;
    CHECK(bench.cam.ready(bench.now));
    CHECK(bench.cam.deadline() == never);
    bench.connect();

    bench.cam.remove(bench.now);
    CHECK_FALSE(bench.cam.present());
    CHECK_FALSE(bench.cam.ready(bench.now));
    CHECK(bench.poll().empty());

    bench.insert();
    CHECK(bench.poll().empty()); // the connection is forgotten: no fault of the host's
    CHECK(bench.tell("01 82 01 01") == "01 83 01 01 80 02 01 80");
    CHECK(bench.receive() == "01 a0 07 01 91 04 00 01 00 41 80 02 01 00");
    CHECK(bench.violations() == 0);
    CHECK(bench.file.events("ready").size() == 2);
    CHECK(bench.file.events("removed").size() == 1);
}

TEST_CASE("an SPDU above 250 bytes leaves in pieces that the host has to join") {
    auto settings = without_thinking();
    settings.ca_system_ids.resize(130, 0x4AFE);
    cam_bench bench{settings};
    bench.insert();
    bench.connect();
    CHECK(bench.ca_object(0x9F8030, {}) == "01 80 02 01 80");
    const auto first = bench.receive();
    CHECK(first.substr(0, 47) == "01 a1 81 fb 01 90 02 00 03 9f 80 31 82 01 04 05");
    CHECK(first.substr(first.size() - 11) == "80 02 01 80");
    const auto last = bench.receive();
    CHECK(last.substr(0, 17) == "01 a0 15 01 4a fe");
    CHECK(last.substr(last.size() - 11) == "80 02 01 00");
}

TEST_CASE("the CAM joins what the host sends in pieces") {
    cam_bench bench{without_thinking()};
    bench.insert();
    bench.connect();
    CHECK(bench.tell("01 A1 05 01 90 02 00 03") == "01 80 02 01 00");
    CHECK(bench.tell("01 A1 03 01 9F 80") == "01 80 02 01 00");
    CHECK(bench.tell("01 A0 81 03 01 30 00") == "01 80 02 01 80"); // ca_info is ready
    CHECK(bench.violations() == 0);
}

TEST_CASE("the CAM opens what the profile offers, and goes on when refused") {
    cam_bench bench{without_thinking()};
    bench.insert();
    for (const auto* block :
         {"01 82 01 01", "01 81 01 01", "01 A0 0A 01 92 07 00 00 01 00 41 00 01",
          "01 A0 09 01 90 02 00 01 9F 80 12 00", "01 81 01 01"})
        bench.tell(block);
    SECTION("nothing but the Resource Manager") {
        CHECK(bench.tell("01 A0 0D 01 90 02 00 01 9F 80 11 04 00 01 00 41") == "01 80 02 01 00");
    }
    SECTION("a later version will do; a refusal ends one resource, not the start-up") {
        bench.tell("01 A0 11 01 90 02 00 01 9F 80 11 08 00 02 00 43 00 24 00 41");
        CHECK(bench.receive() == "01 a0 07 01 91 04 00 02 00 41 80 02 01 00");
        CHECK(bench.tell("01 A0 0A 01 92 07 F3 00 02 00 41 00 00") == "01 80 02 01 80");
        CHECK(bench.receive() == "01 a0 07 01 91 04 00 24 00 41 80 02 01 00");
        CHECK(bench.file.events("session_refused").at(0).at("status") == "f3");
    }
    CHECK(bench.violations() == 0);
}

TEST_CASE("a changed host profile makes the CAM ask again and open what is new") {
    cam_bench bench{without_thinking()};
    bench.insert();
    bench.connect();
    bench.ca_object(0x9F8030, {});
    bench.receive(); // ca_info
    bench.tell("01 A0 09 01 90 02 00 01 9F 80 12 00");
    CHECK(bench.receive() == "01 a0 09 01 90 02 00 01 9f 80 10 00 80 02 01 00");
    bench.tell("01 A0 15 01 90 02 00 01 9F 80 11 0C 00 02 00 41 00 03 00 41 00 24 00 41");
    CHECK(bench.receive() == "01 a0 07 01 91 04 00 24 00 41 80 02 01 00");
    CHECK(bench.violations() == 0);
}

TEST_CASE("the host may close a session; that of CA Support takes its services along") {
    cam_bench bench{without_thinking()};
    bench.insert();
    bench.connect();
    bench.ca_pmt("03 1122 CB F007 01 09 04 0B00 E500 02 E101 F000"_hex);
    bench.tell("01 A0 05 01 95 02 00 03");
    CHECK(bench.receive() == "01 a0 06 01 96 03 00 00 03 80 02 01 00");
    CHECK(bench.file.events("service_dropped").at(0).at("reason") == "session closed");
    CHECK(bench.violations() == 0);
    bench.tell("01 A0 05 01 95 02 00 03");
    CHECK(bench.receive() == "01 a0 06 01 96 03 f0 00 03 80 02 01 00");
    CHECK(bench.violations() == 1);
}

TEST_CASE("a second Create_T_C starts anew: the host came back without a reset") {
    cam_bench bench{without_thinking()};
    bench.insert();
    bench.connect();
    CHECK(bench.tell("01 82 01 01") == "01 83 01 01 80 02 01 80");
    CHECK(bench.receive() == "01 a0 07 01 91 04 00 01 00 41 80 02 01 00");
    CHECK(bench.violations() == 0);
}

TEST_CASE("each breach of the protocol is told") {
    const auto [block, what] = GENERATE(table<const char*, const char*>({
        {"01 81 01 01", "RCV without data available"},
        {"01 A0 01 02", "wrong transport connection in TPDU"},
        {"02 A0 01 02", "no such transport connection"},
        {"02 82 01 02", "no such transport connection"},
        {"00 A0 01 00", "wrong transport connection in TPDU"},
        {"01 A0 02 01", "malformed TPDU"},
        {"01 A0 01 01 00", "malformed TPDU"},
        {"01 A0 80 01", "malformed TPDU"},
        {"01 83 01 01", "unexpected TPDU"},
        {"01 81 02 01 00", "unexpected TPDU"},
        {"01 A0 04 01 90 02 00", "malformed SPDU"},
        {"01 A0 06 01 95 02 00 03 00", "malformed SPDU"},
        {"01 A0 07 01 91 04 00 40 00 41", "unexpected SPDU"},
        {"01 A0 0A 01 92 07 00 00 24 00 41 00 04", "open_session_response nobody asked for"},
        {"01 A0 09 01 93 06 00 20 00 41 00 09",
         "create_session for a resource the module does not provide"},
        {"01 A0 09 01 90 02 00 09 9F 80 30 00", "no such session"},
        {"01 A0 05 01 90 02 00 03", "malformed session_number"},
        {"01 A0 09 01 90 02 00 03 9F 80 30 01", "malformed APDU"},
        {"01 A0 09 01 90 02 00 03 9F 80 33 00", "unexpected APDU"},
        {"01 A0 09 01 90 02 00 01 9F 80 11 00", "unexpected APDU"}, // a profile nobody asked for
        {"01 A0 09 01 90 02 00 03 9F 80 32 00", "malformed ca_pmt"},
    }));
    INFO(block);
    cam_bench bench{without_thinking()};
    bench.insert();
    bench.connect();
    CHECK(bench.violations() == 0);
    bench.tell(block);
    const auto told = bench.file.events("violation");
    REQUIRE(told.size() == 1);
    CHECK(told[0].at("what") == what);
}

TEST_CASE("a TPDU before the answer to the last one is a breach, and lost") {
    cam_bench bench{without_thinking()};
    bench.insert();
    bench.connect();
    bench.cam.host_wrote("01 A0 01 01"_hex, bench.now);
    bench.cam.host_wrote("01 A0 09 01 90 02 00 03 9F 80 30 00"_hex, bench.now);
    CHECK(bench.file.events("violation").at(0).at("what") == "second TPDU before the answer");
    CHECK(to_hex(*bench.cam.host_reads(bench.now)) == "01 80 02 01 00");
    CHECK_FALSE(bench.cam.host_reads(bench.now));
}

TEST_CASE("a date_time that is none is a breach") {
    const auto* body = GENERATE("EB D2 12 34", "EB D2 24 00 00", "EB D2 12 60 00", "EB D2 1A 00 00",
                                "EB D2 12 34 56 00");
    INFO(body);
    cam_bench bench{without_thinking()};
    bench.insert();
    bench.connect();
    bench.tell("01 A0 09 01 90 02 00 01 9F 80 12 00");
    bench.receive();
    bench.tell("01 A0 0D 01 90 02 00 01 9F 80 11 04 00 24 00 41");
    bench.ca_object(0x9F8030, {});
    bench.receive();
    bench.receive();
    bench.tell("01 A0 0A 01 92 07 00 00 24 00 41 00 04");
    REQUIRE(bench.receive() == "01 a0 0a 01 90 02 00 04 9f 84 40 01 0a 80 02 01 00");
    const auto time = *from_hex(body);
    writer out;
    out.u8(1).u8(0xA0).u8(static_cast<unsigned>(9 + time.size())).u8(1);
    out.raw("90 02 00 04 9F 84 41"_hex).u8(static_cast<unsigned>(time.size())).raw(time);
    bench.tell(out.view());
    CHECK(bench.violations() == 1);
    CHECK(bench.file.events("date_time").empty());
}

TEST_CASE("no bytes from a host bring the CAM down") {
    std::mt19937 random{0x4AFE};
    sim::event_log silent;
    sim::cam cam{without_thinking(), silent};
    time_point now{};
    // what garbage must grow from to get anywhere
    const std::array seeds = {
        "01 A0 0A 01 92 07 00 00 01 00 41 00 01"_hex,
        "01 A0 09 01 90 02 00 01 9F 80 12 00"_hex,
        "01 81 01 01"_hex,
        "01 A0 11 01 90 02 00 01 9F 80 11 08 00 02 00 41 00 03 00 41"_hex,
        "01 A0 0A 01 92 07 00 00 03 00 41 00 03"_hex,
        "01 A1 05 01 90 02 00 03"_hex,
        "01 A0 1B 01 90 02 00 03 9F 80 32 12 03 11 22 CB F0 07 01 09 04 0B 00 E5 00 02 E1 01 F0 00"_hex,
        "01 82 01 01"_hex};
    std::size_t answers = 0;
    for (int round = 0; round < 30000; ++round) {
        if (round % 500 == 0) {
            cam.boot(now);
            now = cam.deadline();
            cam.host_wrote("01 82 01 01"_hex, now);
        }
        auto block = seeds[random() % seeds.size()];
        for (auto changes = random() % 4; changes > 0; --changes)
            block[random() % block.size()] = static_cast<std::uint8_t>(random());
        if (random() % 8 == 0)
            block.resize(random() % block.size());
        cam.host_wrote(block, now);
        while (cam.host_reads(now))
            ++answers;
        std::array<std::uint8_t, 188> packet;
        for (auto& byte : packet)
            byte = static_cast<std::uint8_t>(random());
        packet[1] &= 0x05;
        cam.pass(packet, now);
        now += 1ms;
    }
    CHECK(answers > 1000);
}
