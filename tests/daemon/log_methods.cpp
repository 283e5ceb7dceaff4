// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/log_methods.hpp"

#include "support/catch.hpp"

#include <boost/json/parse.hpp>

#include <string>

using namespace cihost;
using namespace cihost::daemon;
namespace json = boost::json;

namespace {

struct fixture {
    event_log log{severity::info, "/dev/null"};
    log_methods methods{log};
    rpc_dispatcher dispatcher;

    fixture() { methods.add_to(dispatcher); }

    json::value call(const std::string& method, const std::string& params = "{}") {
        json::value answer;
        dispatcher.handle(R"({"jsonrpc":"2.0","id":1,"method":")" + method + R"(","params":)" +
                              params + "}",
                          [&](const std::string& line) { answer = json::parse(line); });
        return answer;
    }
    std::size_t lines(const std::string& params = "{}") {
        return call("log.tail", params).at("result").at("lines").as_array().size();
    }
};

} // namespace

TEST_CASE_METHOD(fixture, "the latest lines are told, as many as are wanted") {
    for (int i = 0; i < 1200; ++i)
        log.write({severity::info, "cam", std::to_string(i)}, i == 1199 ? "roof" : "");
    const auto last = call("log.tail", R"({"lines":2})").at("result").at("lines");
    REQUIRE(last.as_array().size() == 2);
    CHECK(last.at(0).at("message") == json::value("1198"));
    CHECK(last.at(0).at("receiver").is_null());
    CHECK(last.at(1).at("message") == json::value("1199"));
    CHECK(last.at(1).at("receiver") == json::value("roof"));
    CHECK(last.at(1).at("level") == json::value("info"));
    CHECK(lines() == 50);
    CHECK(lines(R"({"lines":0})") == 0);
    CHECK(lines(R"({"lines":1000000})") == event_log::kept_lines);
}

TEST_CASE_METHOD(fixture, "each area has a level that can be changed") {
    CHECK(call("log.levels").at("result").at("levels").at("cam") == json::value("info"));
    const auto cam = call("log.set_level", R"({"area":"cam","level":"debug"})").at("result");
    CHECK(cam.at("levels").at("cam") == json::value("debug"));
    CHECK(cam.at("levels").at("stream") == json::value("info"));
    log.write({severity::debug, "cam", "Kept."});
    log.write({severity::debug, "stream", "Not kept."});
    CHECK(lines() == 1);
    const auto all = call("log.set_level", R"({"level":"error"})").at("result");
    for (const auto& level : all.at("levels").as_object())
        CHECK(level.value() == json::value("error"));
    log.write({severity::warning, "cam", "Not kept."});
    CHECK(lines() == 1);
}

TEST_CASE_METHOD(fixture, "areas and levels that there are not are refused") {
    const auto area = call("log.set_level", R"({"area":"cma","level":"debug"})").at("error");
    CHECK(area.at("code") == json::value(-32602));
    CHECK(area.at("message").as_string().find("did you mean 'cam'?") != json::string::npos);
    CHECK(call("log.set_level", R"({"level":"loud"})").at("error").at("code") ==
          json::value(-32602));
    CHECK(call("log.set_level", R"({"area":"cam"})").at("error").at("code") == json::value(-32602));
}
