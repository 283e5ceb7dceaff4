// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/log.hpp"

#include "cli/fake_daemon.hpp"
#include "cli/on_terminal.hpp"
#include "support/catch.hpp"

#include <boost/json/array.hpp>

#include <sstream>

using namespace cihost::cli;
using namespace cihost::test;
using cihost::severity;
namespace json = boost::json;

namespace {

json::object line(const char* level, const char* message, const char* receiver = "roof") {
    return {{"at", 1.5},
            {"level", level},
            {"area", "cam"},
            {"receiver", receiver},
            {"message", message}};
}

fake_daemon::answer_function lines() {
    return always(
        json::object{{"lines", json::array{line("info", "one"), line("error", "two"),
                                           line("info", "three", "attic"), line("info", "four")}}});
}

std::string shown(const fake_daemon& daemon, const log_command& what) {
    std::ostringstream out;
    std::ostringstream err;
    control_client client{daemon.socket()};
    show_log(client, what, true, {out, err, style{}});
    std::string messages;
    std::istringstream all{out.str()};
    for (std::string text; std::getline(all, text);)
        messages += std::string(json::parse(text).at("message").as_string()) + " ";
    return messages;
}

} // namespace

TEST_CASE("the latest lines of those that are wanted") {
    fake_daemon daemon{lines()};
    CHECK(shown(daemon, {10, false, severity::debug, {}}) == "one two three four ");
    CHECK(shown(daemon, {2, false, severity::debug, {}}) == "three four ");
    CHECK(shown(daemon, {2, false, severity::debug, "roof"}) == "two four ");
    CHECK(shown(daemon, {2, false, severity::warning, {}}) == "two ");
    CHECK(daemon.requests().front() == R"(log.tail {"lines":10})");
    // those that are not wanted do not count
    CHECK(daemon.requests().back() == R"(log.tail {"lines":1000000})");
}

TEST_CASE("a receiver without lines is one that there is") {
    fake_daemon daemon{[](const std::string& method, const json::object& params) {
        if (method == "status")
            return json::object{
                {"result", {{"receivers", json::array{{{"name", "roof"}}, {{"name", "new"}}}}}}};
        return lines()(method, params);
    }};
    CHECK(shown(daemon, {9, false, severity::debug, "new"}).empty());
    CHECK(shown(daemon, {9, false, severity::debug, "attic"}) == "three "); // it went meanwhile
    CHECK_THROWS_WITH(shown(daemon, {9, false, severity::debug, "rof"}),
                      "There is no receiver 'rof'; did you mean 'roof'? Known: roof, new");
}

TEST_CASE("the log goes on until Ctrl-C, and no line comes twice") {
    fake_daemon* there = nullptr;
    fake_daemon daemon{[&](const std::string& method, const json::object& params) {
        if (method == "subscribe") { // and meanwhile a line comes
            auto same = line("info", "four");
            same["subscription"] = 1;
            same["lost"] = 0;
            there->notify("log", same);
            return json::object{{"result", {{"subscription", 1}}}};
        }
        return lines()(method, params);
    }};
    there = &daemon;
    on_terminal person{{"--socket", daemon.socket(), "log", "--follow", "--level", "info"}};
    REQUIRE(person.shows("one"));
    REQUIRE(person.shows("four"));
    daemon.notify("log", line("debug", "unwanted"));
    auto behind = line("warning", "five");
    behind["lost"] = 3;
    daemon.notify("log", behind);
    REQUIRE(person.shows("cihost: 3 lines came too fast to be told."));
    REQUIRE(person.shows("five"));
    person.type("\x03");
    CHECK(person.exit_status() == 0);
    const auto& said = person.said();
    CHECK(said.find("four") == said.rfind("four"));
    CHECK(said.find("unwanted") == std::string::npos);
    CHECK(daemon.requests().front() == R"(subscribe {"topics":["log"]})");
}
