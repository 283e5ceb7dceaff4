// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/watch.hpp"

#include "cli/fake_daemon.hpp"
#include "cli/on_terminal.hpp"
#include "support/catch.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <memory>

using namespace cihost::test;
namespace json = boost::json;

namespace {

/// A daemon whose version is the number of the state that it is in.
struct bench {
    std::atomic<int> version{1};
    std::atomic<int> asked{0};
    bool can_tell = true;
    fake_daemon daemon{[this](const std::string& method, const json::object&) {
        if (method == "subscribe" && !can_tell)
            return json::object{{"error", {{"code", -32601}, {"message", "No."}}}};
        if (method == "subscribe")
            return json::object{{"result", {{"subscription", 1}}}};
        return json::object{{"result",
                             {{"program", "cihostd"},
                              {"version", "v" + std::to_string(version.load())},
                              {"uptime", ++asked}}}};
    }};

    void changed() {
        ++version;
        daemon.notify("changed", {{"subscription", 1}});
    }
};

} // namespace

TEST_CASE("the status is drawn in place when it changes, and the terminal is given back") {
    for (const bool can_tell : {true, false}) {
        bench b;
        b.can_tell = can_tell;
        on_terminal person{{"--socket", b.daemon.socket(), "status", "--watch"}};
        REQUIRE(person.shows("\x1b[?1049h"));
        REQUIRE(person.shows("cihostd v1, up"));
        b.changed();
        REQUIRE(person.shows("\x1b[Hcihostd v2, up"));
        person.signal(SIGWINCH);
        REQUIRE(person.shows("\x1b[Hcihostd v2, up"));
        person.type("\x03");
        REQUIRE(person.shows("\x1b[?25h\x1b[?7h\x1b[?1049l"));
        CHECK(person.exit_status() == 0);
    }
}

TEST_CASE("a status that is higher than the window is cut to it, and nothing scrolls") {
    json::array receivers;
    for (int i = 1; i <= 10; ++i)
        receivers.push_back({{"name", "r" + std::to_string(i)}, {"state", "idle"}});
    fake_daemon daemon{[&](const std::string& method, const json::object&) {
        if (method == "subscribe")
            return json::object{{"result", {{"subscription", 1}}}};
        return json::object{
            {"result",
             {{"program", "cihostd"}, {"version", "v1"}, {"uptime", 1}, {"receivers", receivers}}}};
    }};
    on_terminal person{{"--socket", daemon.socket(), "status", "--watch"}, false, {6, 40}};
    REQUIRE(person.shows("\x1b[H"));
    REQUIRE(person.shows("more lines; Ctrl-C ends this."));
    person.type("\x03");
    CHECK(person.exit_status() == 0);
    const auto& said = person.said();
    const auto first = said.substr(said.find("\x1b[H"), said.find("Ctrl-C") - said.find("\x1b[H"));
    CHECK(std::ranges::count(first, '\n') == 5);
    CHECK(first.find("receiver r1: idle") != std::string::npos);
    CHECK(first.find("receiver r3") == std::string::npos);
}

TEST_CASE("a daemon that goes away gives the terminal back before that is said") {
    auto b = std::make_unique<bench>();
    on_terminal person{{"--socket", b->daemon.socket(), "status", "--watch"}};
    REQUIRE(person.shows("cihostd v1, up"));
    b->daemon.hang_up();
    REQUIRE(person.shows("\x1b[?1049l"));
    REQUIRE(person.shows("cihostd ended the connection"));
    CHECK(person.exit_status() == 3);
}

TEST_CASE("with --json there is a line for each change, and none for what always changes") {
    bench b;
    on_terminal script{{"--socket", b.daemon.socket(), "status", "--watch", "--json"}};
    REQUIRE(script.shows(R"("version":"v1","uptime":1})"));
    b.daemon.notify("changed", {{"subscription", 1}}); // of the uptime alone
    b.changed();
    REQUIRE(script.shows(R"("version":"v2")"));
    script.signal(SIGTERM);
    CHECK(script.exit_status() == 0);
    CHECK(script.said().find("\x1b") == std::string::npos);
    CHECK(script.said().find("v1") == script.said().rfind("v1"));
}
