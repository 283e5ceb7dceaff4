// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/rpc_dispatcher.hpp"

#include "support/catch.hpp"

#include <boost/json/parse.hpp>

#include <stdexcept>
#include <vector>

using namespace cihost::daemon;
namespace json = boost::json;

namespace {

struct fixture {
    rpc_dispatcher dispatcher;
    std::vector<rpc_dispatcher::reply> held;
    std::vector<std::string> answers;

    fixture() {
        dispatcher.add("echo", [](const json::object& params, const rpc_dispatcher::reply& done) {
            done(json::value(params));
        });
        dispatcher.add("later", [this](const json::object&, rpc_dispatcher::reply done) {
            held.push_back(std::move(done));
        });
        dispatcher.add("twice", [](const json::object&, const rpc_dispatcher::reply& done) {
            done(json::value(1));
            done(json::value(2));
            throw std::runtime_error("too late");
        });
        dispatcher.add("refuse", [](const json::object&, const rpc_dispatcher::reply&) {
            throw rpc_error{rpc_code::conflict, "No."};
        });
        dispatcher.add("fail", [](const json::object&, const rpc_dispatcher::reply&) {
            throw std::runtime_error("out of luck");
        });
    }

    void send(std::string_view line) {
        dispatcher.handle(line, [this](std::string answer) { answers.push_back(answer); });
    }
    std::string ask(std::string_view line) {
        answers.clear();
        send(line);
        return answers.size() == 1 ? answers[0] : "answered " + std::to_string(answers.size());
    }
    json::value code_of(std::string_view line) {
        return json::parse(ask(line)).at("error").at("code");
    }
};

} // namespace

TEST_CASE_METHOD(fixture, "a request is answered with its id") {
    CHECK(ask(R"({"jsonrpc":"2.0","id":7,"method":"echo","params":{"a":[1]}})") ==
          "{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{\"a\":[1]}}\n");
    CHECK(ask(R"({"jsonrpc":"2.0","id":"x","method":"echo"})") ==
          "{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"result\":{}}\n");
    CHECK(ask(R"({"jsonrpc":"2.0","id":null,"method":"echo"})") ==
          "{\"jsonrpc\":\"2.0\",\"id\":null,\"result\":{}}\n");
}

TEST_CASE_METHOD(fixture, "a notification is carried out and not answered") {
    CHECK(ask(R"({"jsonrpc":"2.0","method":"echo"})").empty());
    CHECK(ask(R"({"jsonrpc":"2.0","method":"refuse"})").empty());
    CHECK(ask(R"({"jsonrpc":"2.0","method":"none"})").empty());
    CHECK(ask(R"({"jsonrpc":"2.0","method":"later"})") == "answered 0");
    CHECK(held.size() == 1);
}

TEST_CASE_METHOD(fixture, "what is no JSON is a parse error without an id") {
    for (const std::string line : {"", "{", "nonsense", "{\"jsonrpc\":\"2.0\"", "[1,]", "\xff\xfe",
                                   "{} {}", "{\"a\":\"\xc3\"}", "\x01"}) {
        CAPTURE(line);
        const auto answer = json::parse(ask(line));
        CHECK(answer.at("error").at("code") == json::value(-32700));
        CHECK(answer.at("id").is_null());
    }
    CHECK(code_of(std::string("{\"a\":\"\0\"}", 9)) == json::value(-32700));
    // depth
    CHECK(code_of(std::string(100000, '[')) == json::value(-32700));
    CHECK(code_of(std::string(40, '[') + std::string(40, ']')) == json::value(-32700));
}

TEST_CASE_METHOD(fixture, "what is no request is an invalid request") {
    for (const auto* line :
         {"1", "\"x\"", "null", "true", "{}", "[]", R"({"method":"echo","id":1})",
          R"({"jsonrpc":"1.0","method":"echo","id":1})",
          R"({"jsonrpc":2.0,"method":"echo","id":1})", R"({"jsonrpc":"2.0","id":1})",
          R"({"jsonrpc":"2.0","method":5,"id":1})", R"({"jsonrpc":"2.0","method":"echo","id":{}})",
          R"({"jsonrpc":"2.0","method":"echo","id":[1]})"}) {
        CAPTURE(line);
        CHECK(code_of(line) == json::value(-32600));
    }
}

TEST_CASE_METHOD(fixture, "an unknown method is answered with a suggestion and the list") {
    const auto answer = json::parse(ask(R"({"jsonrpc":"2.0","id":1,"method":"ecoh"})"));
    CHECK(answer.at("error").at("code") == json::value(-32601));
    CHECK(answer.at("error").at("message") ==
          json::value("There is no method 'ecoh'; did you mean 'echo'? Methods: echo, fail, "
                      "later, refuse, twice"));
}

TEST_CASE_METHOD(fixture, "parameters by position are refused") {
    CHECK(code_of(R"({"jsonrpc":"2.0","id":1,"method":"echo","params":[1]})") ==
          json::value(-32602));
}

TEST_CASE_METHOD(fixture, "whatever a method throws is an answer") {
    CHECK(ask(R"({"jsonrpc":"2.0","id":1,"method":"refuse"})") ==
          "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32002,\"message\":\"No.\"}}\n");
    const auto answer = json::parse(ask(R"({"jsonrpc":"2.0","id":1,"method":"fail"})"));
    CHECK(answer.at("error").at("code") == json::value(-32603));
    CHECK(answer.at("error").at("message") ==
          json::value("cihostd failed at this request: out of luck"));
}

TEST_CASE_METHOD(fixture, "the first reply counts") {
    CHECK(ask(R"({"jsonrpc":"2.0","id":1,"method":"twice"})") ==
          "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":1}\n");
}

TEST_CASE_METHOD(fixture, "a batch is answered in one line when its last call is") {
    send(R"([{"jsonrpc":"2.0","id":1,"method":"later"},
             {"jsonrpc":"2.0","id":2,"method":"echo"},
             {"jsonrpc":"2.0","method":"echo"},
             5])");
    CHECK(answers.empty());
    REQUIRE(held.size() == 1);
    held[0](json::value("now"));
    REQUIRE(answers.size() == 1);
    const auto answer = json::parse(answers[0]);
    REQUIRE(answer.as_array().size() == 3);
    CHECK(answer.at(0).at("id") == json::value(2));
    CHECK(answer.at(1).at("error").at("code") == json::value(-32600));
    CHECK(answer.at(2).at("result") == json::value("now"));
}

TEST_CASE_METHOD(fixture, "a batch of notifications has no answer, one too large is refused") {
    CHECK(ask(R"([{"jsonrpc":"2.0","method":"echo"}])").empty());
    std::string many = "[1";
    for (std::size_t i = 0; i < rpc_dispatcher::max_batch; ++i)
        many += ",1";
    CHECK(code_of(many + "]") == json::value(-32600));
}

TEST_CASE("a notification has no id") {
    CHECK(rpc_notification_line("hello", {{"protocol", 1}}) ==
          "{\"jsonrpc\":\"2.0\",\"method\":\"hello\",\"params\":{\"protocol\":1}}\n");
}
