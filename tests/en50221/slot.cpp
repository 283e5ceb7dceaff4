// SPDX-License-Identifier: LGPL-2.1-or-later
#include "en50221/worked_trace.hpp"
#include "support/catch.hpp"
#include "support/conversation.hpp"

#include <cihost/en50221/slot.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

using namespace cihost;
using namespace cihost::en50221;
using namespace cihost::test;
using namespace std::chrono_literals;

namespace {

constexpr auto mmi_answer_pause = 100ms;
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
        .host(
            "A0 21 01 90 02 " + nb(opened + 1) +
            " 9F 80 11 18 00 01 00 41 00 02 00 41 00 03 00 41 00 20 00 41 00 24 00 41 00 40 00 41")
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

constexpr const char* main_menu =
    " 9F 88 09 33 02 9F 88 03 08 54 65 73 74 20 43 41 4D 9F 88 03 09 4D 61 69 6E 20 6D 65 6E 75 "
    "9F 88 03 00 9F 88 03 09 43 61 72 64 20 69 6E 66 6F 9F 88 03 04 45 78 69 74 80 02 01 00";

bool is_main_menu(const mmi_display& display) {
    return display == mmi_display{.shape = mmi_display::form::menu,
                                  .title = "Test CAM",
                                  .subtitle = "Main menu",
                                  .bottom = "",
                                  .choices = {"Card info", "Exit"}};
}

/// enter_menu, up to what the module shows first.
script menu_begins(unsigned opened, unsigned session) {
    return script()
        .call("enter_menu", [](slot& s, time_point now) { CHECK(s.enter_menu(now)); })
        .host("A0 09 01 90 02 " + nb(opened + 2) + " 9F 80 22 00")
        .cam(empty_status)
        .then(polled())
        .cam("A0 07 01 91 04 00 40 00 41 80 02 01 00")
        .expect<session_opened>([](auto& e) { return e.resource == mmi_v1; })
        .host("A0 0A 01 92 07 00 00 40 00 41 " + nb(session))
        .cam(empty_status)
        .then(polled())
        .cam("A0 0B 01 90 02 " + nb(session) + " 9F 88 01 02 01 01 80 02 01 00")
        .host("A0 0B 01 90 02 " + nb(session) + " 9F 88 02 02 01 01")
        .cam(empty_status)
        .then(polled())
        .cam("A0 3C 01 90 02 " + nb(session) + main_menu)
        .expect<mmi_shown>(
            [session](auto& e) { return e.session_nb == session && is_main_menu(e.display); });
}

/// A choice, a PIN, and the module closes.
script menu_dialogue(unsigned opened) {
    const auto session = static_cast<std::uint16_t>(opened + 5);
    return script()
        .then(menu_begins(opened, session))
        .tick(mmi_answer_pause)
        .call("choice",
              [session](slot& s, time_point now) { CHECK(s.answer_menu(session, 1, now)); })
        .host_after(mmi_answer_pause, "A0 0A 01 90 02 " + nb(session) + " 9F 88 0B 01 01")
        .cam(empty_status)
        .then(polled())
        .cam("A0 0F 01 90 02 " + nb(session) + " 9F 88 07 06 01 04 50 49 4E 3F 80 02 01 00")
        .expect<mmi_shown>([](auto& e) {
            return e.display.shape == mmi_display::form::enquiry && e.display.title == "PIN?" &&
                   e.display.blind && e.display.answer_length == 4;
        })
        // too soon for the module: it goes out when it is time
        .call("PIN",
              [session](slot& s, time_point now) { CHECK(s.answer_enquiry(session, "0000", now)); })
        .host_after(mmi_answer_pause,
                    "A0 0E 01 90 02 " + nb(session) + " 9F 88 08 05 01 30 30 30 30")
        .cam(empty_status)
        .then(polled())
        .cam("A0 0A 01 90 02 " + nb(session) + " 9F 88 00 01 00 80 02 01 00")
        .expect<mmi_closed>([session](auto& e) { return e.session_nb == session; })
        .then(polled())
        .cam("A0 05 01 95 02 " + nb(session) + " 80 02 01 00")
        .expect<session_closed>([session](auto& e) { return e.session_nb == session; })
        .host("A0 06 01 96 03 00 " + nb(session))
        .cam(empty_status)
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
    return script()
        .then(start_up(opened))
        .then(service_dialogue(opened))
        .then(menu_dialogue(opened))
        .then(leaving(opened));
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

TEST_CASE("slot: a menu dialogue whose objects come in parts, cut anywhere") {
    script().then(start_up(0)).then(menu_dialogue(0)).run_parts();
}

TEST_CASE("slot: comes back from every fault at every step") {
    script::run_faulty([](unsigned opened) { return whole_conversation(opened); });
}

TEST_CASE("slot: the worked trace, row by row") {
    // what the host does, before the row in which it shows
    const auto first = [](script& s, std::size_t row) {
        const auto pmt = [&](const char* name, ca_pmt_command command) {
            s.call(name, [command](slot& stack, time_point now) {
                stack.send_ca_pmt(service_1122(command), 3, now);
            });
        };
        switch (row) {
        case 59:
            return pmt("ok_descrambling", ca_pmt_command::ok_descrambling);
        case 61:
            return pmt("query", ca_pmt_command::query);
        case 67:
            s.call("enter_menu", [](slot& stack, time_point now) { CHECK(stack.enter_menu(now)); });
            return;
        case 85:
            s.call("choice",
                   [](slot& stack, time_point now) { CHECK(stack.answer_menu(5, 1, now)); });
            return;
        case 91:
            s.call("PIN", [](slot& stack, time_point now) {
                CHECK(stack.answer_enquiry(5, "0000", now));
            });
            return;
        case 103:
            s.call("stop", [](slot& stack, time_point now) { stack.stop(now); });
            return;
        default:
            return;
        }
    };
    const auto rows = [&](unsigned) {
        slot_settings settings;
        settings.resources.host_control = 0;
        script s{settings};
        for (std::size_t i = 0; i < std::size(worked_trace); ++i) {
            first(s, i + 1);
            const auto block = std::string_view{worked_trace[i].block}.substr(3);
            if (worked_trace[i].host)
                s.host(block);
            else
                s.cam(block);
        }
        return s;
    };
    REQUIRE(std::size(worked_trace) == 104);
    rows(0).run();
    rows(0).run_split();
}

namespace {

/// Polls that bring nothing.
script idle(unsigned polls) {
    script s;
    for (unsigned i = 0; i < polls; ++i)
        s.host("A0 01 01").cam(empty_status);
    return s;
}

/// The host leaves a menu; the module is slow to hear it, and closes nothing.
script menu_left(unsigned opened) {
    const auto session = static_cast<std::uint16_t>(opened + 5);
    return script()
        .then(start_up(opened))
        .then(menu_begins(opened, session))
        .tick(mmi_answer_pause)
        .call("leave", [session](slot& s, time_point now) { CHECK(s.close_mmi(session, now)); })
        .expect<mmi_closed>()
        .host("A0 0A 01 90 02 " + nb(session) + " 9F 88 0B 01 00")
        .cam(empty_status)
        .host("A0 0A 01 90 02 " + nb(session) + " 9F 88 00 01 00")
        .cam(empty_status)
        .then(polled())
        .cam("A0 3C 01 90 02 " + nb(session) + main_menu)
        .no_event()
        .then(idle(8))
        .host("A0 05 01 95 02 " + nb(session))
        .cam("A0 06 01 96 03 00 " + nb(session) + " 80 02 01 00")
        .expect<session_closed>([session](auto& e) { return e.session_nb == session; })
        .no_event();
}

/// The module begins a second dialogue before the first is closed.
script two_dialogues(unsigned opened) {
    const auto older = static_cast<std::uint16_t>(opened + 5);
    const auto newer = static_cast<std::uint16_t>(opened + 6);
    return script()
        .then(start_up(opened))
        .then(menu_begins(opened, older))
        .tick(mmi_answer_pause)
        .call("choice", [older](slot& s, time_point now) { CHECK(s.answer_menu(older, 1, now)); })
        .host("A0 0A 01 90 02 " + nb(older) + " 9F 88 0B 01 01")
        .cam("A0 07 01 91 04 00 40 00 41 80 02 01 00")
        .expect<session_opened>([newer](auto& e) { return e.session_nb == newer; })
        .expect<mmi_closed>([older](auto& e) { return e.session_nb == older; })
        .host("A0 0A 01 92 07 00 00 40 00 41 " + nb(newer))
        .cam("A0 3C 01 90 02 " + nb(older) + main_menu) // too late
        .no_event()
        .host("A0 05 01 95 02 " + nb(older))
        .cam("A0 3C 01 90 02 " + nb(newer) + main_menu)
        .expect<mmi_shown>([newer](auto& e) { return e.session_nb == newer; })
        .no_event()
        .call("both",
              [older](slot& s, time_point now) {
                  CHECK_FALSE(s.answer_menu(older, 1, now));
                  CHECK_FALSE(s.close_mmi(older, now));
              })
        .host("A0 01 01")
        .cam("A0 06 01 96 03 00 " + nb(older) + " 80 02 01 00")
        .expect<session_closed>([older](auto& e) { return e.session_nb == older; })
        .no_event();
}

} // namespace

TEST_CASE("slot: the host closes the MMI session that the module leaves open") {
    menu_left(0).then(menu_begins(0, 6)).run();
    menu_left(0).run_split();
    script::run_faulty(menu_left);
}

TEST_CASE("slot: of two MMI sessions the older is closed, and the newer shown") {
    two_dialogues(0)
        .call("end", [](slot& s, time_point now) { s.stop(now); })
        .host("84 01 01")
        .cam("85 01 01")
        .expect<session_closed>()
        .expect<session_closed>()
        .expect<session_closed>()
        .expect<session_closed>()
        .expect<mmi_closed>([](auto& e) { return e.session_nb == 6; })
        .expect<session_closed>([](auto& e) { return e.session_nb == 6; })
        .expect<disconnected>()
        .no_event()
        .run();
}

TEST_CASE("slot: a second MMI session is survived whatever goes wrong in it") {
    two_dialogues(0).run_split();
    script::run_faulty(two_dialogues);
}

TEST_CASE("slot: a menu that is shown for a while ends with the connection") {
    script()
        .then(start_up(0))
        .then(menu_begins(0, 5))
        .host("A0 01 01")
        .cam("A0 0B 01 90 02 00 05 9F 88 00 02 01 3C A0 05 01 95 02 00 05 80 02 01 00")
        .expect<session_closed>()
        .no_event()
        .host("A0 06 01 96 03 00 00 05")
        .cam("84 01 01")
        .expect<session_closed>()
        .expect<session_closed>()
        .expect<session_closed>()
        .expect<session_closed>()
        .expect<mmi_closed>([](auto& e) { return e.session_nb == 5; })
        .expect<disconnected>()
        .no_event()
        .host("85 01 01")
        .run();
}

TEST_CASE("slot: no menu without Application Information, no MMI where it is not offered") {
    slot s;
    CHECK_FALSE(s.enter_menu(time_point{1h}));
    slot_settings settings;
    settings.resources.mmi = false;
    script(settings)
        .then(connection())
        .then(polled())
        .cam("A0 07 01 91 04 00 40 00 41 80 02 01 00")
        .expect<session_refused>([](auto& e) { return e.resource == mmi_v1 && e.status == 0xF0; })
        .host("A0 0A 01 92 07 F0 00 40 00 41 00 00")
        .run();
}
