// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/catch.hpp"
#include "support/conversation.hpp"

#include <cihost/en50221/slot.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

using namespace cihost;
using namespace cihost::en50221;
using namespace cihost::test;
using namespace std::chrono_literals;

namespace {

constexpr const char* empty_status = "80 02 01 00";

/// A session number in hex.
std::string nb(unsigned session_nb) {
    return to_hex(std::array{static_cast<std::uint8_t>(session_nb >> 8),
                             static_cast<std::uint8_t>(session_nb)});
}

/// The host polls, the module has something: what it says is left to the next step.
script polled() { return script().host("A0 01 01").cam("80 02 01 80").host("81 01 01"); }

script connection() {
    return script().host("82 01 01").cam("83 01 01 80 02 01 00").expect<connected>();
}

script manager_dialogue(unsigned opened) {
    return script()
        .then(polled())
        .cam("A0 07 01 91 04 00 01 00 41 80 02 01 00")
        .expect<session_opened>([opened](auto& e) {
            return e.session_nb == opened + 1 && e.resource == resource_manager_v1;
        })
        .host("A0 0A 01 92 07 00 00 01 00 41 " + nb(opened + 1))
        .cam(empty_status)
        .host("A0 09 01 90 02 " + nb(opened + 1) + " 9F 80 10 00")
        .cam(empty_status)
        .then(polled())
        .cam("A0 09 01 90 02 " + nb(opened + 1) + " 9F 80 11 00 80 02 01 00")
        .host("A0 09 01 90 02 " + nb(opened + 1) + " 9F 80 12 00")
        .cam(empty_status)
        .then(polled())
        .cam("A0 09 01 90 02 " + nb(opened + 1) + " 9F 80 10 00 80 02 01 00")
        .host("A0 1D 01 90 02 " + nb(opened + 1) +
              " 9F 80 11 14 00 01 00 41 00 02 00 41 00 03 00 41 00 20 00 41 00 24 00 41")
        .cam(empty_status);
}

script application_dialogue(unsigned opened) {
    return script()
        .then(polled())
        .cam("A0 07 01 91 04 00 02 00 41 80 02 01 00")
        .expect<session_opened>([](auto& e) { return e.resource == application_information_v1; })
        .host("A0 0A 01 92 07 00 00 02 00 41 " + nb(opened + 2))
        .cam(empty_status)
        .host("A0 09 01 90 02 " + nb(opened + 2) + " 9F 80 20 00")
        .cam(empty_status)
        .then(polled())
        .cam("A0 17 01 90 02 " + nb(opened + 2) +
             " 9F 80 21 0E 01 12 34 56 78 08 54 65 73 74 20 43 41 4D "
             "80 02 01 00")
        .expect<application_info_received>([](auto& e) {
            return e.info == application_info{1, 0x1234, 0x5678, "Test CAM"};
        });
}

script ca_dialogue(unsigned opened) {
    return script()
        .then(polled())
        .cam("A0 07 01 91 04 00 03 00 41 80 02 01 00")
        .expect<session_opened>([](auto& e) { return e.resource == ca_support_v1; })
        .host("A0 0A 01 92 07 00 00 03 00 41 " + nb(opened + 3))
        .cam(empty_status)
        .host("A0 09 01 90 02 " + nb(opened + 3) + " 9F 80 30 00")
        .cam(empty_status)
        .then(polled())
        .cam("A0 0D 01 90 02 " + nb(opened + 3) + " 9F 80 31 04 05 00 0B 00 80 02 01 00")
        .expect<ca_info_received>([opened](auto& e) {
            return e.session_nb == opened + 3 &&
                   e.ca_system_ids == std::vector<std::uint16_t>{0x500, 0xB00};
        });
}

script date_time_dialogue(unsigned opened) {
    return script()
        .then(polled())
        .cam("A0 07 01 91 04 00 24 00 41 80 02 01 00")
        .expect<session_opened>([](auto& e) { return e.resource == date_time_v1; })
        .host("A0 0A 01 92 07 00 00 24 00 41 " + nb(opened + 4))
        .cam(empty_status)
        .then(polled())
        .cam("A0 0A 01 90 02 " + nb(opened + 4) + " 9F 84 40 01 0A 80 02 01 00")
        .host("A0 10 01 90 02 " + nb(opened + 4) + " 9F 84 41 07 EB D2 12 34 56 00 3C")
        .cam(empty_status);
}

script start_up(unsigned opened) {
    return script()
        .then(connection())
        .then(manager_dialogue(opened))
        .then(application_dialogue(opened))
        .then(ca_dialogue(opened))
        .then(date_time_dialogue(opened));
}

ca_pmt service_1122(ca_pmt_command command) {
    ca_pmt value;
    value.command = command;
    value.program_number = 0x1122;
    value.version = 5;
    value.ca_descriptors = {{0x0B00, 0x0500, {}}};
    value.streams = {{0x02, 0x0101, {}}, {0x04, 0x0102, {}}};
    return value;
}

script service_dialogue(unsigned opened) {
    return script()
        .call("ok_descrambling",
              [](slot& s, time_point now) {
                  s.send_ca_pmt(service_1122(ca_pmt_command::ok_descrambling), 0, now);
              })
        .host("A0 20 01 90 02 " + nb(opened + 3) +
              " 9F 80 32 17 03 11 22 CB F0 07 01 09 04 0B 00 E5 00 02 E1 01 F0 "
              "00 04 E1 02 F0 00")
        .cam(empty_status)
        .call("query",
              [opened](slot& s, time_point now) {
                  s.send_ca_pmt(service_1122(ca_pmt_command::query),
                                static_cast<std::uint16_t>(opened + 3), now);
              })
        .host("A0 20 01 90 02 " + nb(opened + 3) +
              " 9F 80 32 17 03 11 22 CB F0 07 03 09 04 0B 00 E5 00 02 E1 01 F0 "
              "00 04 E1 02 F0 00")
        .cam(empty_status)
        .then(polled())
        .cam("A0 13 01 90 02 " + nb(opened + 3) +
             " 9F 80 33 0A 11 22 CB 81 E1 01 81 E1 02 81 80 02 01 00")
        .expect<ca_pmt_reply_received>([opened](auto& e) {
            ca_pmt_reply want;
            want.program_number = 0x1122;
            want.version = 5;
            want.enable = ca_enable::possible;
            want.streams = {{0x101, ca_enable::possible}, {0x102, ca_enable::possible}};
            return e.session_nb == opened + 3 && e.reply == want;
        })
        .no_event();
}

script leaving(unsigned opened) {
    return script()
        .call("stop", [](slot& s, time_point now) { s.stop(now); })
        .host("84 01 01")
        .cam("85 01 01 80 02 01 00")
        .expect<session_closed>([opened](auto& e) { return e.session_nb == opened + 1; })
        .expect<session_closed>([opened](auto& e) { return e.session_nb == opened + 2; })
        .expect<session_closed>([opened](auto& e) { return e.session_nb == opened + 3; })
        .expect<session_closed>([opened](auto& e) { return e.session_nb == opened + 4; })
        .expect<disconnected>([](auto& e) { return e.reason == disconnected::why::stopped; })
        .no_event();
}

script whole_conversation(unsigned opened = 0) {
    return script().then(start_up(opened)).then(service_dialogue(opened)).then(leaving(opened));
}

} // namespace

TEST_CASE("slot: a start, a service and the end, byte by byte") { whole_conversation().run(); }

TEST_CASE("slot: Date-Time goes out on its second, whatever the pace of polls") {
    // no poll falls on a full second: the deadline that counts is Date-Time's own
    slot_settings settings;
    settings.idle_poll = 700ms;
    script(settings)
        .then(connection())
        .host("A0 01 01")
        .cam("A0 07 01 91 04 00 03 00 41 A0 07 01 91 04 00 24 00 41 80 02 01 00")
        .host("A0 0A 01 92 07 00 00 03 00 41 00 01")
        .cam(empty_status)
        .host("A0 09 01 90 02 00 01 9F 80 30 00")
        .cam("A0 0B 01 90 02 00 01 9F 80 31 02 05 00 80 02 01 00")
        .host("A0 0A 01 92 07 00 00 24 00 41 00 02")
        .cam("A0 0A 01 90 02 00 02 9F 84 40 01 01 80 02 01 00")
        .host_after(0ms, "A0 10 01 90 02 00 02 9F 84 41 07 EB D2 12 34 56 00 3C")
        .cam(empty_status)
        .host_after(700ms, "A0 01 01")
        .cam(empty_status)
        .host_after(298ms, "A0 10 01 90 02 00 02 9F 84 41 07 EB D2 12 34 57 00 3C")
        .run();
}

TEST_CASE("slot: of many wrong SPDUs in one block a few are told") {
    slot s;
    const time_point now{1h};
    s.start(now);
    s.receive("01 83 01 01 80 02 01 00"_hex, now);
    while (s.next_event()) {
    }
    bytes block{1};
    for (int i = 0; i < 1000; ++i) // in a session that is not open
        block.insert(block.end(), {0xA0, 6, 1, 0x90, 2, 0, 7, 0});
    s.receive(block, now);
    std::vector<std::size_t> more;
    while (const auto what = s.next_event())
        more.push_back(std::get<violation>(*what).more);
    CHECK(more == std::vector<std::size_t>{0, 0, 0, 996});
}

TEST_CASE("slot: a status in a read of its own changes nothing") {
    whole_conversation().run_split();
}

TEST_CASE("slot: comes back from every fault at every step") {
    script::run_faulty([](unsigned opened) { return whole_conversation(opened); });
}
