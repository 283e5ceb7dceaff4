// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/control_methods.hpp"

#include "daemon/fake_receiver.hpp"
#include "daemon/write_file.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <atomic>
#include <chrono>

using namespace cihost;
using namespace cihost::daemon;
using namespace cihost::test;
namespace json = boost::json;

namespace {

struct fixture {
    temporary_folder folder;
    receiver_set receivers;
    fake_receiver* first = nullptr;
    service_finder finder{receivers, {}, std::chrono::seconds{10}};
    boost::asio::io_context context;
    std::atomic<int> scans = 0;
    device_scanner scanner{context, around()};
    recording_book book{context,
                        receivers,
                        finder,
                        {folder.path(), std::string(standard_recording_pattern),
                         folder.path() / "control.sock", [](const runtime::log_record&) {}}};
    control_methods methods{receivers, finder, scanner, book, folder.path()};
    rpc_dispatcher dispatcher;

    fixture() {
        first = add("roof");
        first->add_service(28106, "Das Erste HD");
        first->add_service(28107, "BR Fernsehen");
        methods.add_to(dispatcher);
    }

    fake_receiver* add(const std::string& name) {
        auto receiver = std::make_unique<fake_receiver>();
        receiver->now.name = name;
        auto* raw = receiver.get();
        receivers.add(name, std::move(receiver));
        return raw;
    }

    surroundings around() {
        surroundings value;
        value.find_adapters = [this] {
            ++scans;
            device::adapter_entry adapter;
            adapter.driver = "cx23885";
            return std::vector{adapter};
        };
        return value;
    }

    /// The result, or the error.
    json::value call(const std::string& method, const json::object& params = {}) {
        const json::object request{
            {"jsonrpc", "2.0"}, {"id", 1}, {"method", method}, {"params", params}};
        json::value answer;
        dispatcher.handle(json::serialize(request),
                          [&](const std::string& line) { answer = json::parse(line); });
        if (!answer.is_object())
            return answer;
        auto* error = answer.as_object().if_contains("error");
        return error != nullptr ? *error : answer.at("result");
    }
    std::string message(const std::string& method, const json::object& params) {
        return std::string(call(method, params).at("message").as_string());
    }
};

} // namespace

TEST_CASE_METHOD(fixture, "version names program and protocol") {
    const auto answer = call("version");
    CHECK(answer.at("program") == json::value("cihostd"));
    CHECK(answer.at("protocol") == json::value(1));
    CHECK(call("version", {{"x", 1}}).at("code") == json::value(-32602));
}

TEST_CASE_METHOD(fixture, "status holds receivers and recordings") {
    call("record.start", {{"service", 28106}});
    call("trace.start", {{"file", "t.pcapng"}});
    const auto answer = call("status");
    CHECK(answer.at("uptime").is_double());
    const auto& receiver = answer.at("receivers").at(0);
    CHECK(receiver.at("name") == json::value("roof"));
    CHECK(receiver.at("services").as_array().size() == 2);
    CHECK(receiver.at("trace") == json::value((folder.path() / "t.pcapng").string()));
    CHECK(answer.at("recordings").at(0).at("program_number") == json::value(28106));
}

TEST_CASE_METHOD(fixture, "services are told with their receiver") {
    const auto answer = call("services");
    REQUIRE(answer.at("services").as_array().size() == 2);
    CHECK(answer.at("services").at(1).at("name") == json::value("BR Fernsehen"));
    CHECK(answer.at("services").at(1).at("receiver") == json::value("roof"));
    CHECK(answer.at("services").at(1).at("cams").is_array());
    CHECK(answer.at("services").at(1).at("ruled_out") == json::value(false));
}

TEST_CASE_METHOD(fixture, "a recording goes from start to its final report") {
    const auto started = call("record.start", {{"service", "das erste hd"}, {"file", "a.ts"}});
    CHECK(started.at("program_number") == json::value(28106));
    CHECK(started.at("name") == json::value("Das Erste HD"));
    CHECK(started.at("file") == json::value((folder.path() / "a.ts").string()));
    const auto& id = started.at("id");
    CHECK(call("record.list").at("recordings").at(0).at("state") == json::value("recording"));

    first->fast_disk = false;
    json::value final;
    dispatcher.handle(
        json::serialize(json::object{
            {"jsonrpc", "2.0"}, {"id", 5}, {"method", "record.stop"}, {"params", {{"id", id}}}}),
        [&](const std::string& line) { final = json::parse(line); });
    CHECK(final.is_null()); // the bytes are not on disk yet
    first->finish();
    CHECK(final.at("id") == json::value(5));
    CHECK(final.at("result").at("id") == id);
    CHECK(final.at("result").at("state") == json::value("stopped"));
    CHECK(final.at("result").at("bytes") == json::value(188));
}

TEST_CASE_METHOD(fixture, "a recording may depend on the connection that starts it") {
    struct client final : rpc_client {
        bool left = false;
        void notify(std::string) override {}
        bool gone() const override { return left; }
    };
    const auto who = std::make_shared<client>();
    const auto start = [&](const json::object& params) {
        json::value answer;
        dispatcher.handle(
            json::serialize(json::object{
                {"jsonrpc", "2.0"}, {"id", 1}, {"method", "record.start"}, {"params", params}}),
            [&](const std::string& line) { answer = json::parse(line); }, who);
        return answer;
    };
    CHECK(
        start({{"service", 28106}, {"attached", true}, {"resume", true}}).at("error").at("code") ==
        json::value(-32602));
    start({{"service", 28106}, {"attached", true}});
    start({{"service", 28106}});
    REQUIRE(first->all.size() == 2);
    who->left = true;
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    while (first->all[0].state == "recording" && std::chrono::steady_clock::now() < end) {
        context.restart();
        context.run_for(std::chrono::milliseconds{5});
    }
    CHECK(first->all[0].state == "stopped");
    CHECK(first->all[1].state == "recording");
}

TEST_CASE_METHOD(fixture, "status says where streams are, or why they are not") {
    CHECK(call("status").at("http").is_null());
    CHECK(call("status").at("http_problem") == json::value(""));
    methods.tell_http([] { return http_place{{}, "The port is in use."}; });
    CHECK(call("status").at("http_problem") == json::value("The port is in use."));
    methods.tell_http([] { return http_place{http_address{}, {}}; });
    CHECK(call("status").at("http") == json::value("127.0.0.1:8088"));
}

TEST_CASE_METHOD(fixture, "file names: absolute, relative, and none") {
    CHECK(call("record.start", {{"service", 28106}, {"file", "/x/y.ts"}}).at("file") ==
          json::value("/x/y.ts"));
    CHECK(call("record.start", {{"service", 28106}, {"file", "sub/../y.ts"}}).at("file") ==
          json::value((folder.path() / "y.ts").string()));
    const auto a = call("record.start", {{"service", 28106}}).at("file");
    const auto b = call("record.start", {{"service", 28106}}).at("file");
    CHECK(std::string(a.as_string()).rfind((folder.path() / "Das-Erste-HD_28106_").string(), 0) ==
          0);
    CHECK(a != b);
}

TEST_CASE_METHOD(fixture, "what record.start cannot do is told") {
    write_file(folder.path() / "there.ts", "x");
    CHECK(message("record.start", {{"service", 28106}, {"file", "there.ts"}}) ==
          (folder.path() / "there.ts").string() +
              " exists already; cihostd never writes over a file.");
    CHECK(message("record.start", {{"service", 5}}) ==
          "There is no service 5. Services: 28106 Das Erste HD, 28107 BR Fernsehen");
    CHECK(message("record.start", {{"service", "ZDF"}}) ==
          "There is no service 'ZDF'. Services: 28106 Das Erste HD, 28107 BR Fernsehen");
    CHECK(message("record.start", {{"service", 28106}, {"receiver", "rooof"}}) ==
          "There is no receiver 'rooof'; did you mean 'roof'? Receivers: roof");
    CHECK(call("record.start", {}).at("code") == json::value(-32602));
    CHECK(call("record.start", {{"service", 28106}, {"file", ""}}).at("code") ==
          json::value(-32602));
    CHECK(first->all.empty());
}

TEST_CASE_METHOD(fixture, "one recording too many is a limit") {
    first->full = true;
    const auto answer = call("record.start", {{"service", 28106}});
    CHECK(answer.at("code") == json::value(-32004));
    CHECK(answer.at("message") ==
          json::value("Receiver 'roof' runs as many recordings as it may; stop one first."));
}

TEST_CASE_METHOD(fixture, "what record.stop cannot do is told") {
    CHECK(message("record.stop", {{"id", 9}}) == "There is no recording 9 that runs.");
    CHECK(call("record.stop", {{"id", "9"}}).at("code") == json::value(-32602));
    const auto id = call("record.start", {{"service", 28106}}).at("id");
    call("record.stop", {{"id", id}});
    CHECK(call("record.stop", {{"id", id}}).at("code") == json::value(-32001));
}

TEST_CASE_METHOD(fixture, "a trace is started and stopped once") {
    const auto started = call("trace.start", {{"file", "t.pcapng"}, {"from_start", true}});
    CHECK(started.at("file") == json::value((folder.path() / "t.pcapng").string()));
    CHECK(first->traced_from_start);
    CHECK(message("trace.start", {{"file", "u.pcapng"}}) ==
          "A trace of receiver 'roof' runs already, to " + (folder.path() / "t.pcapng").string() +
              "; stop it first.");
    CHECK(call("trace.stop").at("bytes") == json::value(4711));
    CHECK(message("trace.stop", {}) == "No trace of receiver 'roof' runs.");
    CHECK(call("trace.start", {}).at("code") == json::value(-32602));
}

TEST_CASE_METHOD(fixture, "a module is asked for its menu, which comes to the status") {
    CHECK(call("cam.menu").at("code") == json::value(-32001));
    CHECK(message("cam.menu", {{"slot", 2}}) ==
          "There is no slot 2 of receiver 'roof': it has 0, counted from 0.");
    first->now.cams.resize(2);
    CHECK(call("cam.menu", {{"slot", 1}}).at("code") == json::value(-32002));
    CHECK(message("cam.menu", {{"slot", 1}}) ==
          "No module is ready in slot 1 of receiver 'roof'; 'status' says what is in the way.");
    first->now.cams[0].state = "ready";
    CHECK(call("cam.menu") == json::parse(R"({"receiver":"roof","slot":0})"));
    const auto status = call("status");
    const auto& cams = status.at("receivers").at(0).at("cams");
    CHECK(cams.at(0).at("menu").at("title") == json::value("Main"));
    CHECK(cams.at(1).at("menu").is_null());
    CHECK(call("cam.menu", {{"slot", -1}}).at("code") == json::value(-32602));
    CHECK(call("cam.menu", {{"slot", 1ULL << 40}}).at("code") == json::value(-32001));
    add("shed");
    CHECK(call("cam.menu").at("code") == json::value(-32602));
    CHECK(call("cam.menu", {{"receiver", "shed"}}).at("code") == json::value(-32001));
}

TEST_CASE_METHOD(fixture, "what a module shows is answered by its number") {
    using answers = decltype(first->answers);
    const json::object choice{{"id", 7}, {"choice", 2}};
    CHECK(call("cam.menu.answer", choice).at("code") == json::value(-32001)); // no slot
    first->now.cams.resize(2);
    CHECK(call("cam.menu.answer", choice) == json::parse(R"({"receiver":"roof","slot":0})"));
    CHECK(call("cam.menu.answer", {{"id", 8}, {"text", "0000"}, {"slot", 1}}) ==
          json::parse(R"({"receiver":"roof","slot":1})"));
    CHECK(call("cam.menu.answer", {{"id", 9}, {"cancel", true}, {"receiver", "roof"}}) ==
          json::parse(R"({"receiver":"roof","slot":0})"));
    REQUIRE(first->answers.size() == 3);
    CHECK(first->answers[0].first == 7);
    CHECK(std::get<unsigned>(first->answers[0].second) == 2);
    CHECK(first->answers[1].first == 8);
    CHECK(std::get<std::string>(first->answers[1].second) == "0000");
    CHECK(std::holds_alternative<policy::menu_cancel>(first->answers[2].second));
    first->answers = answers{};
    // beyond what any menu has
    call("cam.menu.answer", {{"id", 7}, {"choice", (1ULL << 32) + 1}});
    CHECK(std::get<unsigned>(first->answers.at(0).second) == 0xFFFFFFFF);
    first->answers = answers{};
    for (const auto& wrong : {json::object{{"choice", 1}},
                              {{"id", 7}},
                              {{"id", 7}, {"choice", 1}, {"text", "4711"}},
                              {{"id", 7}, {"cancel", false}},
                              {{"id", 7}, {"choice", -1}},
                              {{"id", 7}, {"text", 4711}},
                              {{"id", 7}, {"text", "4711"}, {"cancel", true}},
                              {{"id", -1}, {"cancel", true}},
                              {{"id", 7}, {"answer", "4711"}}}) {
        INFO(json::serialize(wrong));
        CHECK(call("cam.menu.answer", wrong).at("code") == json::value(-32602));
        CHECK(message("cam.menu.answer", wrong).find("4711") == std::string::npos);
    }
    CHECK(first->answers.empty());
}

TEST_CASE_METHOD(fixture, "an answer that comes too late, or is none, is refused") {
    first->now.cams.resize(1);
    const json::object answer{{"id", 7}, {"text", "4711"}};
    first->answer_failure = ESTALE;
    CHECK(call("cam.menu.answer", answer).at("code") == json::value(-32002));
    CHECK(message("cam.menu.answer", answer).find("any more") != std::string::npos);
    CHECK(message("cam.menu.close", json::object{}) ==
          "The module in slot 0 of receiver 'roof' shows nothing.");
    first->answer_failure = EINVAL;
    CHECK(call("cam.menu.answer", answer).at("code") == json::value(-32602));
    CHECK(message("cam.menu.answer", answer).find("4711") == std::string::npos);
    first->answer_failure = EIO;
    CHECK(call("cam.menu.answer", answer).at("code") == json::value(-32003));
}

TEST_CASE_METHOD(fixture, "what a module shows is closed") {
    CHECK(call("cam.menu.close").at("code") == json::value(-32001));
    first->now.cams.resize(1);
    CHECK(call("cam.menu.close").at("code") == json::value(-32002));
    first->now.cams[0].state = "ready";
    call("cam.menu");
    CHECK(call("cam.menu.close") == json::parse(R"({"receiver":"roof","slot":0})"));
    CHECK(call("cam.menu.close", {{"slot", 0}}).at("code") == json::value(-32002));
}

TEST_CASE_METHOD(fixture, "a stopping daemon begins nothing new") {
    methods.stop();
    CHECK(message("record.start", {{"service", 28106}}) ==
          "cihostd is stopping; nothing new begins.");
    CHECK(call("trace.start", {{"file", "t"}}).at("code") == json::value(-32002));
    CHECK(call("cam.menu").at("code") == json::value(-32002));
    CHECK(call("cam.menu.answer", {{"id", 1}, {"cancel", true}}).at("code") == json::value(-32002));
    CHECK(call("cam.menu.close").at("code") == json::value(-32002));
    CHECK(call("status").as_object().contains("receivers"));
}

TEST_CASE_METHOD(fixture, "a trace that cannot be written is refused, and status says so") {
    first->trace_failure = "The file cannot be created: Read-only file system.";
    const auto answer = call("trace.start", {{"file", "t.pcapng"}});
    CHECK(answer.at("code") == json::value(-32003));
    CHECK(answer.at("message") == json::value(first->trace_failure));
    const auto status = call("status");
    const auto& receiver = status.at("receivers").at(0);
    CHECK(receiver.at("trace").is_null());
    CHECK(receiver.at("trace_report").at("state") == json::value("failed"));
    CHECK(receiver.at("trace_report").at("reason") == json::value(first->trace_failure));
    CHECK(message("trace.stop", {}) == "No trace of receiver 'roof' runs. " + first->trace_failure);
}

TEST_CASE_METHOD(fixture, "status lists the configured services that are not there") {
    receivers.note_missing(
        "roof", {{std::string("ZFD"), "It is not there."}, {std::uint16_t{7}, "Nor is this."}});
    const auto status = call("status");
    CHECK(status.at("receivers").at(0).at("missing_services") ==
          json::parse(R"([{"service":"ZFD","reason":"It is not there."},
                          {"service":7,"reason":"Nor is this."}])"));
}

TEST_CASE_METHOD(fixture, "devices are looked at elsewhere, once for all who ask") {
    device::linux_nodes nodes;
    nodes.frontend = "/dev/dvb/adapter1/frontend0";
    receivers.add("attic", std::make_unique<fake_receiver>(), false, {}, nodes, false);
    std::vector<json::value> answers;
    for (int id = 1; id <= 3; ++id)
        dispatcher.handle(
            json::serialize(json::object{{"jsonrpc", "2.0"}, {"id", id}, {"method", "devices"}}),
            [&](const std::string& line) { answers.push_back(json::parse(line)); });
    CHECK(answers.empty());
    const auto late = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    while (answers.size() < 3 && std::chrono::steady_clock::now() < late) {
        context.restart();
        context.run_for(std::chrono::milliseconds{5});
    }
    REQUIRE(answers.size() == 3);
    CHECK(scans == 1);
    CHECK(answers[2].at("id") == json::value(3));
    CHECK(answers[0].at("result") == answers[2].at("result"));
    const auto& result = answers[0].at("result");
    CHECK(result.at("adapters").at(0).at("driver") == json::value("cx23885"));
    CHECK(result.at("absent").at(0).at("receiver") == json::value("attic"));
    CHECK(result.at("text").as_string().find("adapter0, driver cx23885\n") == 0);
    CHECK(call("devices", {{"x", 1}}).at("code") == json::value(-32602));
}

TEST_CASE_METHOD(fixture, "status calls a resting receiver absent whose frontend is gone") {
    device::linux_nodes nodes;
    nodes.frontend = "/dev/dvb/adapter1/frontend0";
    auto fake = std::make_unique<fake_receiver>();
    auto* const port = fake.get();
    port->now.state = "idle";
    receivers.add("attic", std::move(fake), false, {}, nodes, false);
    const auto attic = [&] { return call("status").at("receivers").at(1); };
    CHECK(attic().at("state") == json::value("absent"));
    CHECK(attic().at("reason").as_string().find("frontend0 is not there") != std::string::npos);
    // one that is tuned knows better
    port->now.state = "no lock";
    CHECK(attic().at("state") == json::value("no lock"));
    port->now.state = "idle";
    receivers.note_frontend(1, true, {});
    CHECK(attic().at("state") == json::value("idle"));
}

TEST_CASE_METHOD(fixture, "plan has a line for each wish") {
    first->now.tuning.emplace().frequency_hz = 474'000'000;
    receivers.start_recording(receivers.find(std::uint16_t{28106}, {}), folder.path() / "x.ts");
    receivers.note_missing("roof", {{service_ref{std::uint16_t{9}}, "There is none."}});
    const auto wishes = call("plan").at("wishes").as_array();
    REQUIRE(wishes.size() == 2);
    CHECK(wishes[0].at("kind") == json::value("recording"));
    CHECK(wishes[0].at("recording") == json::value(1));
    CHECK(wishes[0].at("receiver") == json::value("roof"));
    CHECK(wishes[0].at("slot").is_null());
    CHECK(wishes[0].at("left_out") == json::value(false));
    CHECK_FALSE(wishes[0].at("reason").as_string().empty());
    CHECK(wishes[1].at("program_number") == json::value(9));
    CHECK(wishes[1].at("left_out") == json::value(true));
}
