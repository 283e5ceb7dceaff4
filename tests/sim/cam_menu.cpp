// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sim/cam/menu_page.hpp"
#include "stream_bench.hpp"
#include "support/catch.hpp"
#include "support/hex.hpp"

#include <chrono>
#include <string>

using namespace cihost;
using namespace cihost::test;
using namespace std::chrono_literals;

namespace {

const auto only_service = "03 1122 C1 F007 01 09 04 4AFE E500 02 E101 F000 04 E102 F000"_hex;

sim::cam_settings with_pages() {
    auto settings = with_card();
    settings.behaviour.menu.pages = {
        {.name = "main",
         .title = "T",
         .subtitle = "S",
         .bottom = "B",
         .items = {{.text = "a", .opens = "note"}, {.text = "b", .opens = "ask"}, {.text = "c"}}},
        {.name = "note",
         .shape = sim::menu_page::form::list,
         .title = "N",
         .items = {{.text = "x"}}},
        {.name = "ask",
         .shape = sim::menu_page::form::enquiry,
         .title = "Q",
         .answer_length = 2,
         .expected = "42",
         .opens = "note",
         .wrong_opens = "main"}};
    return settings;
}

struct menu_bench : stream_bench {
    explicit menu_bench(const sim::cam_settings& settings)
        : stream_bench{settings} {
        ca_object(0x9F8030, {}); // ca_info_enq
        receive();
    }
    /// What the module has to say next, without the transport layer; "" when nothing.
    std::string next() {
        if (!poll().ends_with("80"))
            return "";
        auto answer = receive();
        return answer.substr(12, answer.size() - 12 - 12);
    }
    void open_session() { tell("01 A0 0A 01 92 07 00 00 40 00 41 00 04"); }
    void object(const std::string& apdu) {
        const auto body = *from_hex("90 02 00 04 " + apdu);
        writer block;
        block.u8(1).u8(0xA0).u8(static_cast<unsigned>(1 + body.size())).u8(1).raw(body);
        tell(block.view());
    }
    /// enter_menu, as far as the main page.
    void enter() {
        tell("01 A0 09 01 90 02 00 02 9F 80 22 00");
        REQUIRE(next() == "91 04 00 40 00 41");
        open_session();
        REQUIRE(next() == "90 02 00 04 9f 88 01 02 01 01"); // set_mmi_mode: high level
    }
    std::string main_page =
        "90 02 00 04 9f 88 09 1f 03 9f 88 03 01 54 9f 88 03 01 53 9f 88 03 01 42 "
        "9f 88 03 01 61 9f 88 03 01 62 9f 88 03 01 63";
    std::string note_page = "90 02 00 04 9f 88 0c 13 01 9f 88 03 01 4e 9f 88 03 00 9f 88 03 00 "
                            "9f 88 03 01 78";
    std::string question = "90 02 00 04 9f 88 07 03 00 02 51";
    std::string close_mmi = "90 02 00 04 9f 88 00 01 00";
    std::string close_session = "95 02 00 04";
};

} // namespace

TEST_CASE("the host opens the menu, chooses, and dismisses it") {
    menu_bench bench{with_pages()};
    bench.enter();
    CHECK(bench.next() == bench.main_page);
    bench.object("9F 88 0B 01 01");
    CHECK(bench.next() == bench.note_page);
    bench.object("9F 88 0B 01 00");
    CHECK(bench.next() == bench.close_mmi);
    CHECK(bench.next() == bench.close_session);
    bench.tell("01 A0 06 01 96 03 00 00 04");
    CHECK(bench.next() == "");
    CHECK(bench.violations() == 0);
}

TEST_CASE("what is long may leave in parts, texts as well") {
    auto settings = with_pages();
    settings.behaviour.menu.part_size = 13;
    settings.behaviour.menu.pages[0].title = "fourteen bytes";
    settings.behaviour.menu.pages[0].items.clear();
    menu_bench bench{settings};
    bench.enter();
    // 9F8804 0D "fourteen byte", 9F8803 01 "s", and the other two headings
    CHECK(bench.next() == "90 02 00 04 9f 88 0a 0d 00 9f 88 04 0d 66 6f 75 72 74 65 65 6e");
    CHECK(bench.next() == "90 02 00 04 9f 88 0a 0d 20 62 79 74 65 9f 88 03 01 73 9f 88 03");
    CHECK(bench.next() == "90 02 00 04 9f 88 09 07 01 53 9f 88 03 01 42");
    CHECK(bench.next() == "");
}

TEST_CASE("an answer leads on, a wrong one elsewhere") {
    menu_bench bench{with_pages()};
    bench.enter();
    bench.next();
    bench.object("9F 88 0B 01 02");
    CHECK(bench.next() == bench.question);
    const bool right = GENERATE(true, false);
    bench.object(right ? "9F 88 08 03 01 34 32" : "9F 88 08 03 01 34 33");
    CHECK(bench.next() == (right ? bench.note_page : bench.main_page));
    CHECK(bench.file.text().find("42") == std::string::npos); // what is typed is not logged
}

TEST_CASE("the host closes the dialogue by close_mmi or by the session") {
    menu_bench bench{with_pages()};
    bench.enter();
    bench.next();
    SECTION("close_mmi") {
        bench.object("9F 88 00 01 00");
        CHECK(bench.next() == bench.close_mmi);
        CHECK(bench.next() == bench.close_session);
    }
    SECTION("session") { bench.tell("01 A0 05 01 95 02 00 04"); }
    CHECK(bench.file.events("menu_gone").size() == 1);
    CHECK(bench.violations() == 0);
}

TEST_CASE("choices that do not exist are violations") {
    menu_bench bench{with_pages()};
    bench.enter();
    bench.next();
    bench.object("9F 88 0B 01 04");
    bench.object("9F 88 0B 02 01 01");
    bench.object("9F 88 08 01 01"); // an answer, to a menu
    CHECK(bench.violations() == 3);
}

TEST_CASE("a page that comes by itself blocks descrambling until it is gone") {
    auto settings = with_pages();
    settings.behaviour.menu.popup = sim::menu_popup{.page = "note", .after = 2s, .again_after = 5s};
    settings.behaviour.menu.blocks = true;
    menu_bench bench{settings};
    bench.entitle();
    bench.ca_pmt(only_service);
    const auto keys = bench.air.keys();
    bench.give_ecm(ecm_pid, keys);
    CHECK(bench.clear(video_pid, keys));
    bench.now += 2s;
    bench.poll();
    CHECK_FALSE(bench.clear(video_pid, keys));
    CHECK(bench.file.events("not_descrambling").at(0).at("reason") == "a menu is shown");

    CHECK(bench.next() == "91 04 00 40 00 41");
    SECTION("answered") {
        bench.open_session();
        bench.next();
        CHECK(bench.next() == bench.note_page);
        bench.object("9F 88 0B 01 00");
        CHECK(bench.clear(video_pid, keys));
        bench.now += 5s;
        bench.poll();
        CHECK_FALSE(bench.clear(video_pid, keys)); // again
    }
    SECTION("a host without MMI is asked again") {
        bench.tell("01 A0 0A 01 92 07 F0 00 40 00 41 00 00");
        CHECK(bench.next() == "");
        CHECK_FALSE(bench.clear(video_pid, keys));
        bench.now += 2s;
        CHECK(bench.next() == "91 04 00 40 00 41");
    }
}

TEST_CASE("a service behind a PIN waits for it") {
    auto settings = with_card();
    settings.behaviour.menu.pin = "1234";
    settings.behaviour.menu.pin_services = {0x1122};
    settings.behaviour.menu.pin_tries = 2;
    menu_bench bench{settings};
    bench.entitle();
    bench.ca_pmt(only_service);
    const auto keys = bench.air.keys();
    bench.give_ecm(ecm_pid, keys);
    CHECK_FALSE(bench.clear(video_pid, keys));
    CHECK(bench.next() == "91 04 00 40 00 41");
    bench.open_session();
    bench.next();
    const auto asked = bench.next();
    CHECK(asked.starts_with("90 02 00 04 9f 88 07 17 01 04 ")); // blind, 4 characters
    bench.object("9F 88 08 05 01 31 32 33 35");
    CHECK(bench.next() == asked); // wrong
    CHECK_FALSE(bench.clear(video_pid, keys));
    SECTION("right") {
        bench.object("9F 88 08 05 01 31 32 33 34");
        CHECK(bench.clear(video_pid, keys));
        CHECK(bench.file.events("pin_right").size() == 1);
        CHECK(bench.file.text().find("1234") == std::string::npos);
    }
    SECTION("wrong too often, or cancelled: not asked again for the same") {
        bench.object(GENERATE("9F 88 08 05 01 31 32 33 36", "9F 88 08 01 00"));
        CHECK(bench.next() == bench.close_mmi);
        CHECK(bench.next() == bench.close_session);
        CHECK(bench.next() == "");
        CHECK_FALSE(bench.clear(video_pid, keys));
    }
}
