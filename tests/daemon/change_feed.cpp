// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/change_feed.hpp"

#include "support/catch.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <string>

using namespace cihost::daemon;
namespace json = boost::json;

namespace {

/// One receiver with a CAM and a service, and a recording.
json::object state() {
    return json::parse(R"({"receivers":[{"name":"roof","state":"locked","reason":"Is at 474 MHz.",
        "packets":1,"signal":{"locked":true},
        "cams":[{"slot":0,"state":"ready","tpdus_sent":5,"tpdus_received":5,"menu":null}],
        "services":[{"program_number":7,"name":"One","state":"scrambled",
                     "reason":"Asked 4 s ago.","ecms":9,"clear_packets":0}]}],
        "recordings":[{"id":1,"state":"recording","bytes":188}]})")
        .as_object();
}

json::object& receiver(json::object& s) { return s["receivers"].at(0).as_object(); }
json::object& cam(json::object& s) { return receiver(s)["cams"].at(0).as_object(); }
json::object& service(json::object& s) { return receiver(s)["services"].at(0).as_object(); }
json::object& recording(json::object& s) { return s["recordings"].at(0).as_object(); }

std::string text(const std::vector<change>& changes) {
    std::string all;
    for (const auto& c : changes)
        all += json::serialize(c.text) + "\n";
    return all;
}

} // namespace

TEST_CASE("the first state brings no change, and the same one none") {
    change_feed feed;
    CHECK(feed.take(state(), true).empty());
    CHECK(feed.take(state(), true).empty());
}

TEST_CASE("a thing that changes is told as a whole, and nothing else is") {
    change_feed feed;
    auto s = state();
    feed.take(s, true);
    SECTION("a receiver, without its CAMs and services") {
        receiver(s)["state"] = "no lock";
        CHECK(text(feed.take(s, false)) ==
              R"({"topic":"receivers","receiver":"roof","value":{"name":"roof","state":"no lock",)"
              R"("reason":"Is at 474 MHz.","packets":1,"signal":{"locked":true}}})"
              "\n");
    }
    SECTION("a CAM, with its counts as they are now") {
        cam(s)["state"] = "silent";
        cam(s)["tpdus_sent"] = 6;
        CHECK(text(feed.take(s, false)) ==
              R"({"topic":"cams","receiver":"roof","slot":0,"value":{"slot":0,"state":"silent",)"
              R"("tpdus_sent":6,"tpdus_received":5,"menu":null}})"
              "\n");
    }
    SECTION("a recording") {
        recording(s)["state"] = "stopped";
        CHECK(text(feed.take(s, false)) ==
              R"({"topic":"recordings","id":1,"value":{"id":1,"state":"stopped","bytes":188}})"
              "\n");
    }
    CHECK(feed.take(s, false).empty());
}

TEST_CASE("what a module shows is a topic of its own") {
    change_feed feed;
    auto s = state();
    feed.take(s, true);
    cam(s)["menu"] = json::object{{"id", 3}};
    CHECK(text(feed.take(s, false)) ==
          R"({"topic":"menus","receiver":"roof","slot":0,"value":{"id":3}})"
          "\n");
    CHECK(feed.take(s, false).empty());
    cam(s)["menu"] = nullptr;
    CHECK(text(feed.take(s, false)) ==
          R"({"topic":"menus","receiver":"roof","slot":0,"value":null})"
          "\n");
}

TEST_CASE("counts, and numbers in sentences, are measurements, told when those are wanted") {
    change_feed feed;
    auto s = state();
    feed.take(s, true);
    service(s)["ecms"] = 10;
    service(s)["reason"] = "Asked 5 s ago.";
    receiver(s)["packets"] = 2;
    recording(s)["bytes"] = 376;
    CHECK(feed.take(s, false).empty());
    CHECK(text(feed.take(s, true)) ==
          R"({"topic":"measurements","receiver":"roof","of":"receivers","value":{"reason":)"
          R"("Is at 474 MHz.","packets":2,"signal":{"locked":true}}})"
          "\n"
          R"({"topic":"measurements","receiver":"roof","program_number":7,"of":"services",)"
          R"("value":{"reason":"Asked 5 s ago.","ecms":10,"clear_packets":0}})"
          "\n"
          R"({"topic":"measurements","id":1,"of":"recordings","value":{"bytes":376}})"
          "\n");
    CHECK(feed.take(s, true).empty());
}

TEST_CASE("another sentence is a change") {
    change_feed feed;
    auto s = state();
    feed.take(s, true);
    service(s)["reason"] = "The module refuses.";
    CHECK(text(feed.take(s, false)).find(R"("topic":"services")") != std::string::npos);
}

TEST_CASE("what comes is told, and what goes is null, with all that belonged to it") {
    change_feed feed;
    auto s = state();
    feed.take(s, true);
    auto more = s;
    auto attic = more["receivers"].at(0).as_object();
    attic["name"] = "attic";
    more["receivers"].as_array().push_back(attic);
    const auto came = feed.take(more, true);
    REQUIRE(came.size() == 3);
    CHECK(came[0].text.at("receiver") == json::value("attic"));
    CHECK(came[1].about == topic::cams);
    CHECK(came[2].about == topic::services);
    CHECK(text(feed.take(s, true)) ==
          R"({"topic":"receivers","receiver":"attic","value":null})"
          "\n"
          R"({"topic":"cams","receiver":"attic","slot":0,"value":null})"
          "\n"
          R"({"topic":"services","receiver":"attic","program_number":7,"value":null})"
          "\n");
}

TEST_CASE("after forget() a state is the first again") {
    change_feed feed;
    auto s = state();
    feed.take(s, true);
    cam(s)["state"] = "silent";
    feed.forget();
    CHECK(feed.take(s, true).empty());
}

TEST_CASE("topics have names") {
    for (const auto t : topics)
        CHECK(topic_named(name(t)) == t);
    CHECK_FALSE(topic_named("cam"));
}
