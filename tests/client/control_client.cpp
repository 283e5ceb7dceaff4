// SPDX-License-Identifier: LGPL-2.1-or-later
/// What the command line's tests do not ask: JSON as text, and notifications.

#include "client/raw_listener.hpp"
#include "support/catch.hpp"

#include <cihost/control_client.hpp>

#include <boost/json/parse.hpp>

using namespace cihost;
using namespace cihost::test;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

constexpr const char* hello =
    R"({"jsonrpc":"2.0","method":"hello","params":{"protocol":1,"program":"cihostd"}})";
constexpr const char* news = R"({"jsonrpc":"2.0","method":"changed","params":{"sequence":1}})";
constexpr const char* more = R"({"jsonrpc":"2.0","method":"changed","params":{"sequence":2}})";

} // namespace

TEST_CASE("notifications that come before an answer are kept in their order") {
    raw_listener daemon{{hello}, {news, R"({"jsonrpc":"2.0","id":1,"result":[1,2]})", more}};
    control_client client{daemon.socket()};
    CHECK(json::parse(client.hello()).at("program") == json::value("cihostd"));
    CHECK(json::parse(client.call("subscribe", R"({"topics":["cams"]})")) == json::parse("[1,2]"));
    CHECK(json::parse(daemon.heard()).at("params") == json::parse(R"({"topics":["cams"]})"));
    CHECK(json::parse(client.notification().value()) == json::parse(news));
    CHECK(json::parse(client.notification(10s).value()) == json::parse(more));
    CHECK_FALSE(client.notification());
}

TEST_CASE("the daemon's last word before it ends a connection is thrown") {
    raw_listener daemon{
        {hello, R"({"jsonrpc":"2.0","id":null,"error":{"code":-32004,"message":"Too much."}})"},
        {}};
    control_client client{daemon.socket()};
    try {
        client.notification(10s);
        FAIL("nothing was thrown");
    } catch (const control_refused& e) {
        CHECK(e.code() == -32004);
        CHECK(std::string(e.what()) == "Too much.");
    }
}

TEST_CASE("an error has its code, and parameters are an object") {
    raw_listener daemon{{hello},
                        {R"({"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"What?"}})"}};
    control_client client{daemon.socket()};
    CHECK_THROWS_AS(client.call("x", "[]"), std::invalid_argument);
    CHECK_THROWS_AS(client.call("x", "{"), std::invalid_argument);
    try {
        client.call("x");
        FAIL("nothing was thrown");
    } catch (const control_refused& e) {
        CHECK(e.unknown_method());
    }
}

TEST_CASE("a daemon that says nothing is given up after the patience") {
    raw_listener daemon{{hello}, {}};
    control_client client{daemon.socket()};
    CHECK_THROWS_AS(client.call("status", "{}", 20ms), control_unreachable);
}
