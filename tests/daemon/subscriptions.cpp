// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/subscriptions.hpp"

#include "support/catch.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include <memory>
#include <string>
#include <vector>

using namespace cihost;
using namespace cihost::daemon;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

class fake_client final : public rpc_client {
  public:
    std::vector<json::value> told;
    bool left = false;

    void notify(std::string line) override {
        REQUIRE(line.back() == '\n');
        told.push_back(json::parse(line));
    }
    bool gone() const override { return left; }
};

struct fixture {
    json::object state{{"receivers", json::array{}}, {"recordings", json::array{}}};
    int looks = 0;
    boost::asio::io_context context{1};
    event_log log{severity::info, "/dev/null"};
    std::unique_ptr<subscriptions> all = std::make_unique<subscriptions>(
        context, log,
        [this] {
            ++looks;
            return state;
        },
        subscription_settings{1ms, 1ms, 3});
    rpc_dispatcher dispatcher;
    std::shared_ptr<fake_client> client = std::make_shared<fake_client>();

    fixture() { all->add_to(dispatcher); }

    json::value call(const std::string& method, const std::string& params,
                     const rpc_dispatcher::client& who) {
        json::value answer;
        dispatcher.handle(R"({"jsonrpc":"2.0","id":1,"method":")" + method + R"(","params":)" +
                              params + "}",
                          [&](const std::string& line) { answer = json::parse(line); }, who);
        return answer;
    }
    json::value subscribe(const std::string& topics = "") {
        return call("subscribe", topics.empty() ? "{}" : R"({"topics":)" + topics + "}", client);
    }
    static std::int64_t error(const json::value& answer) {
        return answer.at("error").at("code").as_int64();
    }
    void record(int bytes, const char* what = "recording") {
        state["recordings"] = {json::object{{"id", 1}, {"state", what}, {"bytes", bytes}}};
    }
    /// Runs the control thread until `client` was told so much, or for 10 s.
    bool told(std::size_t count) {
        const auto late = std::chrono::steady_clock::now() + 10s;
        while (client->told.size() < count && std::chrono::steady_clock::now() < late) {
            context.restart();
            context.run_one_for(100ms);
        }
        return client->told.size() == count;
    }
    /// As often as the state was looked at `times` more.
    void run_looks(int times) {
        for (const int until = looks + times; looks < until;) {
            context.restart();
            context.run_one_for(100ms);
        }
    }
};

} // namespace

TEST_CASE_METHOD(fixture, "a subscriber gets a snapshot, then what changes, in sequence") {
    record(188);
    const auto answer = subscribe();
    const auto& result = answer.at("result");
    CHECK(result.at("snapshot") == json::value(state));
    record(188, "stopped");
    REQUIRE(told(1));
    record(188, "failed");
    REQUIRE(told(2));
    for (std::size_t i = 0; i < 2; ++i) {
        const auto& params = client->told[i].at("params");
        CHECK(client->told[i].at("method") == json::value("changed"));
        CHECK(params.at("subscription") == result.at("subscription"));
        CHECK(params.at("sequence") == json::value(i + 1));
        CHECK(params.at("changes").at(0).at("topic") == json::value("recordings"));
    }
    CHECK(client->told[1].at("params").at("changes").at(0).at("value").at("state") ==
          json::value("failed"));
}

TEST_CASE_METHOD(fixture, "nobody is told what he did not ask for") {
    record(188);
    subscribe(R"(["cams"])");
    record(376, "stopped");
    run_looks(3);
    CHECK(client->told.empty());
}

TEST_CASE_METHOD(fixture, "measurements come to those who want them") {
    record(188);
    subscribe();
    subscribe(R"(["measurements"])");
    run_looks(1);
    record(376);
    REQUIRE(told(1));
    const auto& params = client->told[0].at("params");
    CHECK(params.at("subscription") == json::value(2));
    CHECK(params.at("changes").at(0).at("of") == json::value("recordings"));
    CHECK(params.at("changes").at(0).at("value").at("bytes") == json::value(376));
}

TEST_CASE_METHOD(fixture, "what changes as another one comes is not lost on the first") {
    record(188);
    subscribe();
    record(188, "stopped");
    subscribe();
    REQUIRE(client->told.size() == 1);
    CHECK(client->told[0].at("params").at("subscription") == json::value(1));
    run_looks(3);
    CHECK(client->told.size() == 1);
}

TEST_CASE_METHOD(fixture, "without subscribers nothing is looked at") {
    const auto number = subscribe().at("result").at("subscription").as_int64();
    run_looks(2);
    SECTION("one ends his subscription") {
        call("unsubscribe", R"({"subscription":)" + std::to_string(number) + "}", client);
    }
    SECTION("one goes") {
        client->left = true;
        run_looks(0);
    }
    context.restart();
    context.run_for(50ms); // comes back at once when there is nothing to wait for
    const int before = looks;
    CHECK(context.poll() == 0);
    CHECK(looks == before);
    CHECK(context.stopped());
}

TEST_CASE_METHOD(fixture, "the log is told line by line, also from what other threads say") {
    subscribe(R"(["log"])");
    log.write({severity::warning, "cam", "Hm."}, "roof");
    log.write({severity::debug, "cam", "Not this."});
    log.write({severity::info, "daemon", "Well."});
    REQUIRE(told(2));
    const auto& first = client->told[0].at("params");
    CHECK(client->told[0].at("method") == json::value("log"));
    CHECK(first.at("subscription") == json::value(1));
    CHECK(first.at("at").as_double() > 1.6e9);
    CHECK(first.at("level") == json::value("warning"));
    CHECK(first.at("area") == json::value("cam"));
    CHECK(first.at("receiver") == json::value("roof"));
    CHECK(first.at("message") == json::value("Hm."));
    CHECK(first.at("lost") == json::value(0));
    CHECK(client->told[1].at("params").at("receiver").is_null());
    CHECK(looks == 1); // the snapshot alone
}

TEST_CASE_METHOD(fixture, "of a flood of lines the oldest are counted, not kept") {
    subscribe(R"(["log"])");
    for (int i = 0; i < 1500; ++i)
        log.write({severity::info, "cam", std::to_string(i)});
    REQUIRE(told(1000));
    CHECK(client->told[0].at("params").at("message") == json::value("500"));
    CHECK(client->told[0].at("params").at("lost") == json::value(500));
    CHECK(client->told[1].at("params").at("lost") == json::value(0));
}

TEST_CASE_METHOD(fixture, "what cannot be subscribed to is refused") {
    CHECK(error(subscribe(R"(["cam"])")) == -32602);
    CHECK(error(subscribe("[]")) == -32602);
    CHECK(error(subscribe(R"("cams")")) == -32602);
    CHECK(error(call("subscribe", "{}", nullptr)) == -32002);
    for (int i = 0; i < 3; ++i)
        subscribe();
    CHECK(error(subscribe()) == -32004);
    // another's
    const auto other = std::make_shared<fake_client>();
    CHECK(error(call("unsubscribe", R"({"subscription":1})", other)) == -32001);
    CHECK(call("unsubscribe", R"({"subscription":1})", client).as_object().contains("result"));
    CHECK(subscribe().as_object().contains("result"));
}

TEST_CASE_METHOD(fixture, "log lines that are under way when it ends are nobody's") {
    subscribe(R"(["log"])");
    log.write({severity::info, "cam", "Late."});
    all.reset();
    log.write({severity::info, "cam", "Later."});
    context.restart();
    context.poll();
    CHECK(client->told.empty());
}
