// SPDX-License-Identifier: LGPL-2.1-or-later
#include "policy/module_menu.hpp"

#include "support/catch.hpp"

#include <chrono>

using namespace cihost;
using namespace cihost::policy;
using namespace std::chrono_literals;

namespace {

constexpr time_point zero{1h};
using request = module_menu::request;

en50221::mmi_shown shown(std::uint16_t session_nb, const char* title) {
    return {session_nb, {.title = title}};
}

} // namespace

TEST_CASE("module_menu: each display has a number of its own") {
    module_menu menu;
    CHECK_FALSE(menu.current());
    menu.shown(shown(5, "A"), zero);
    REQUIRE(menu.current());
    CHECK(menu.current() == shown_menu{1, 5, {.title = "A"}, false});
    menu.answered();
    CHECK(menu.current()->answered);
    menu.shown(shown(5, "A"), zero); // the same again
    CHECK(menu.current() == shown_menu{2, 5, {.title = "A"}, false});
    CHECK_FALSE(menu.closed(4));
    CHECK(menu.current());
    CHECK(menu.closed(5));
    CHECK_FALSE(menu.current());
    CHECK_FALSE(menu.closed(5));
    menu.clear();
    menu.shown(shown(5, "A"), zero);
    CHECK(menu.current()->id == 3);
}

TEST_CASE("module_menu: what became of the wish to see it") {
    module_menu menu;
    CHECK(menu.asked_for() == request::none);
    menu.asked();
    CHECK(menu.asked_for() == request::waiting);
    SECTION("shown") {
        menu.shown(shown(5, "A"), zero);
        CHECK(menu.asked_for() == request::none);
    }
    SECTION("refused") {
        menu.refused();
        CHECK(menu.asked_for() == request::refused);
        menu.asked();
        CHECK(menu.asked_for() == request::waiting);
    }
    SECTION("gone") {
        menu.clear();
        CHECK(menu.asked_for() == request::none);
    }
}

TEST_CASE("module_menu: what nobody asked for is overdue some time after it began") {
    module_menu menu{5s};
    CHECK_FALSE(menu.overdue(zero));
    menu.shown(shown(5, "A"), zero);
    CHECK(menu.deadline() == zero + 5s);
    menu.shown(shown(5, "B"), zero + 2s); // of its own accord
    CHECK(menu.deadline() == zero + 5s);
    CHECK_FALSE(menu.overdue(zero + 5s - 1ms));
    CHECK(menu.overdue(zero + 5s));
    SECTION("unless somebody answers") { menu.answered(); }
    SECTION("unless somebody asks for it now") { menu.asked(); }
    SECTION("unless it goes") { menu.closed(5); }
    SECTION("unless the module goes") { menu.clear(); }
    CHECK_FALSE(menu.overdue(zero + 1h));
    CHECK(menu.deadline() == never);
}

TEST_CASE("module_menu: what was asked for stays; the next dialogue may be one that was not") {
    module_menu menu{5s};
    menu.asked();
    menu.shown(shown(5, "A"), zero);
    CHECK(menu.deadline() == never);
    menu.answered();
    menu.shown(shown(5, "B"), zero);
    CHECK(menu.deadline() == never);
    menu.closed(5);
    menu.shown(shown(6, "Message"), zero);
    CHECK(menu.deadline() == zero + 5s);
    menu.closed(6);
    // asked for while another is shown, which gives way
    menu.shown(shown(7, "Message"), zero);
    menu.asked();
    menu.closed(7);
    menu.shown(shown(8, "Menu"), zero);
    CHECK(menu.deadline() == never);
    menu.closed(8);
    menu.asked();
    menu.refused();
    menu.shown(shown(9, "Message"), zero);
    CHECK(menu.deadline() == zero + 5s);
    // by default it stays
    module_menu patient;
    patient.shown(shown(5, "A"), zero);
    CHECK(patient.deadline() == never);
}
