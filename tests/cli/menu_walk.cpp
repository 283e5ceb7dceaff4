// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/fake_cam.hpp"
#include "cli/menu.hpp"
#include "cli/on_terminal.hpp"
#include "support/catch.hpp"

#include <algorithm>

using namespace cihost::test;
namespace json = boost::json;

namespace {

struct bench {
    fake_cam cam;
    fake_daemon daemon{[this](const std::string& method, const json::object& params) {
        return cam.answer(method, params);
    }};
    on_terminal person{{"--socket", daemon.socket(), "menu"}};

    void changed() { daemon.notify("changed", {{"subscription", 1}}); }
    bool asked_for(const std::string& request) const {
        const auto all = daemon.requests();
        return std::find(all.begin(), all.end(), request) != all.end();
    }
};

} // namespace

TEST_CASE("a person walks a menu to a PIN, which is never shown") {
    bench b;
    REQUIRE(b.person.shows("Main\r\nof\r\nthe CAM\r\n  1  Card\r\n  2  PIN\r\n"));
    REQUIRE(b.person.shows("Choice (1 to 2, 0: back): "));
    CHECK(b.person.echoes());
    for (const auto* wrong : {"3", "x", "", "-1", "99999999999"}) {
        b.person.type(std::string(wrong) + "\n");
        REQUIRE(b.person.shows("' is none of the choices.\r\nChoice (1 to 2, 0: back): "));
    }
    b.person.type("2\n");
    REQUIRE(b.person.shows("Your PIN?\r\nAnswer (4 characters, not shown, nothing: no answer): "));
    CHECK_FALSE(b.person.echoes());
    b.person.type("9871\n");
    REQUIRE(b.person.shows("The CAM has closed its menu."));
    CHECK(b.person.exit_status() == 0);
    CHECK(b.person.echoes());
    CHECK(b.cam.pin() == "9871");
    CHECK(b.person.said().find("9871") == std::string::npos);
}

TEST_CASE("what somebody else answers comes to everybody, and half an answer is thrown away") {
    bench b;
    REQUIRE(b.person.shows("0: back): "));
    b.person.type("2");
    REQUIRE(b.person.shows("2"));
    b.cam.go_on(fake_cam::list("News"));
    b.changed();
    REQUIRE(b.person.shows("Somebody else has answered, or the CAM goes on by itself:"));
    REQUIRE(b.person.shows("News\r\n  0123\r\n0 when you have read it: "));
    b.person.type("\n"); // not "2"
    REQUIRE(b.person.shows("'' is none of the choices."));
    REQUIRE(b.person.shows("0 when you have read it: "));
    b.person.type("0\n");
    REQUIRE(b.person.shows("The CAM has closed its menu."));
    CHECK(b.person.exit_status() == 0);
    CHECK_FALSE(b.asked_for(R"(cam.menu.answer {"receiver":"roof","slot":0,"id":1,"choice":2})"));
}

TEST_CASE("signals leave the menu as it is, and the terminal as it was") {
    for (const int signal : {0, SIGINT, SIGTERM, SIGHUP, SIGQUIT}) {
        CAPTURE(signal);
        bench b;
        REQUIRE(b.person.shows("0: back): "));
        b.person.type("2\n");
        REQUIRE(b.person.shows("no answer): "));
        REQUIRE_FALSE(b.person.echoes());
        if (signal == 0)
            b.person.type("\x03");
        else
            b.person.signal(signal);
        REQUIRE(b.person.shows("The menu stays as it is; 'cihost menu roof:0 --close' ends it."));
        CHECK(b.person.exit_status() == 0);
        CHECK(b.person.echoes());
        CHECK(b.daemon.requests().back().find("close") == std::string::npos);
    }
}

TEST_CASE("a CAM that is taken out ends the walk") {
    bench b;
    REQUIRE(b.person.shows("0: back): "));
    b.cam.take_out();
    b.changed();
    REQUIRE(b.person.shows("There is no CAM in roof:0 any more."));
    CHECK(b.person.exit_status() == 1);
    CHECK(b.person.echoes());
}
