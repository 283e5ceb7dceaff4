// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/program.hpp"

#include "cli/fake_daemon.hpp"
#include "support/catch.hpp"

#include <cihost/version.hpp>

#include <sstream>

using namespace cihost::cli;
using namespace cihost::test;
namespace json = boost::json;

namespace {

struct outcome {
    exit_status status;
    std::string out;
    std::string err;
};

outcome run_on(const fake_daemon& daemon, std::vector<std::string> arguments) {
    std::ostringstream out;
    std::ostringstream err;
    arguments.insert(arguments.begin(), {"--socket", daemon.socket()});
    const auto status = run(arguments, {out, err, style{}, false});
    return {status, out.str(), err.str()};
}

} // namespace

TEST_CASE("with --json the daemon's answer is printed as it came") {
    fake_daemon daemon{always({{"a", nullptr}, {"adapters", json::array{2}}})};
    for (const std::vector<std::string>& command : {std::vector<std::string>{"status"},
                                                    {"devices"},
                                                    {"plan"},
                                                    {"cam", "profile"},
                                                    {"log", "level", "cam", "debug"},
                                                    {"log", "level"},
                                                    {"reload"},
                                                    {"record", "--list"},
                                                    {"record", "--stop", "7"},
                                                    {"trace", "start", "/t"},
                                                    {"trace", "stop"}}) {
        auto arguments = command;
        arguments.emplace_back("--json");
        const auto done = run_on(daemon, arguments);
        CHECK(done.status == exit_status::done);
        CHECK(done.out == "{\"a\":null,\"adapters\":[2]}\n");
        CHECK(done.err.empty());
    }
    CHECK(daemon.requests() ==
          std::vector<std::string>{"status", "devices", "plan", "cam.list",
                                   R"(log.set_level {"level":"debug","area":"cam"})", "log.levels",
                                   "reload", "record.list", R"(record.stop {"id":7})",
                                   R"(trace.start {"file":"/t","from_start":false})",
                                   "trace.stop"});
}

TEST_CASE("answers are sentences without --json") {
    fake_daemon version{always({{"program", "cihostd"}, {"version", "0.1.0"}, {"protocol", 1}})};
    const auto ours = "cihost " + std::string(cihost::version()) + ", control protocol 1\n";
    CHECK(run_on(version, {"version"}).out == ours + "cihostd 0.1.0, control protocol 1\n");
    const auto both = json::parse(run_on(version, {"version", "--json"}).out);
    CHECK(both.at("cihost").at("version") == json::value(cihost::version()));
    CHECK(both.at("cihostd").at("version") == json::value("0.1.0"));
    fake_daemon trace{always({{"file", "/t"}, {"bytes", 2048}})};
    CHECK(run_on(trace, {"trace", "start", "/t"}).out ==
          "The conversation with the CAM is written to /t.\n");
    CHECK(run_on(trace, {"trace", "stop"}).out == "/t: 2.0 KiB\n");
}

TEST_CASE("the exit status tells who is at fault") {
    fake_daemon refusing{[](const std::string&, const json::object&) {
        return json::object{{"error", {{"code", -32001}, {"message", "No\x1b."}}}};
    }};
    const auto refused = run_on(refusing, {"record", "5"});
    CHECK(refused.status == exit_status::refused);
    CHECK(refused.err == "cihost: No?.\n");

    const auto wrong = run_on(refusing, {"statsu"});
    CHECK(wrong.status == exit_status::usage);
    CHECK(wrong.out.empty());

    std::ostringstream out;
    std::ostringstream err;
    const std::vector<std::string> nobody{"--socket", "/nonexistent/s", "status"};
    CHECK(run(nobody, {out, err, style{}, false}) == exit_status::unreachable);
    CHECK(err.str().rfind("cihost: cihostd is not running", 0) == 0);
    CHECK(err.str().find("--devices") == std::string::npos);
}

TEST_CASE("a version is told without a daemon too") {
    std::ostringstream out;
    std::ostringstream err;
    const std::vector<std::string> nobody{"--socket", "/nonexistent/s", "version"};
    CHECK(run(nobody, {out, err, style{}, false}) == exit_status::done);
    CHECK(out.str().rfind("cihost ", 0) == 0);
    CHECK(out.str().find("\ncihostd is not running") != std::string::npos);
}

TEST_CASE("an older daemon is told apart from one that refuses") {
    fake_daemon old{[](const std::string&, const json::object&) {
        return json::object{{"error", {{"code", -32601}, {"message", "There is no method."}}}};
    }};
    const auto done = run_on(old, {"reload"});
    CHECK(done.status == exit_status::refused);
    CHECK(done.err ==
          "cihost: There is no method.\nThis cihostd is older than cihost; install both "
          "from the same release, and restart cihostd.\n");
}

TEST_CASE("a configuration that is wrong is not loaded, and the places are told") {
    fake_daemon good{always({{"reloaded", true},
                             {"changed", json::array{"log.level", "priorities"}},
                             {"restart", json::array{"control.socket"}},
                             {"problems", json::array{}}})};
    CHECK(run_on(good, {"reload"}).out == "Changed: log.level, priorities.\n"
                                          "Only a restart of cihostd changes: control.socket.\n");
    fake_daemon half{always(
        {{"reloaded", true}, {"failed", json::array{"127.0.0.1:80 cannot be listened on."}}})};
    const auto without = run_on(half, {"reload"});
    CHECK(without.status == exit_status::refused);
    CHECK(without.err == "cihost: 127.0.0.1:80 cannot be listened on.\n");
    fake_daemon bad{
        always({{"reloaded", false}, {"problems", json::array{"/c.toml:1:1: x is unknown."}}})};
    const auto done = run_on(bad, {"reload"});
    CHECK(done.status == exit_status::refused);
    CHECK(done.out.empty());
    CHECK(done.err.rfind("/c.toml:1:1: x is unknown.\n", 0) == 0);
}

TEST_CASE("a CAM is reset where it is, and pinned to a profile") {
    fake_daemon daemon{always(
        {{"receivers", json::array{{{"name", "roof"}, {"cams", json::array{{{"slot", 1}}}}}}},
         {"id", "C140:0001 X"},
         {"pinned", true},
         {"pinned_profile", "cautious"}})};
    CHECK(run_on(daemon, {"cam", "reset"}).out ==
          "The CAM in roof:1 is reset; 'cihost cams' shows how it comes back.\n");
    run_on(daemon, {"cam", "reset", "roof:1", "--force"});
    CHECK(
        run_on(daemon, {"cam", "profile", "X", "cautious"}).out.find("its profile is 'cautious'") !=
        std::string::npos);
    CHECK(run_on(daemon, {"cam", "reset", "attic"}).status == exit_status::refused);
    CHECK(daemon.requests() ==
          std::vector<std::string>{"status", R"(cam.reset {"receiver":"roof","slot":1})", "status",
                                   R"(cam.reset {"receiver":"roof","slot":1,"force":true})",
                                   R"(cam.pin {"cam":"X","pinned":true,"profile":"cautious"})",
                                   "status"});
}

TEST_CASE("the plan is a line a wish, and the exit status tells whether somebody is left out") {
    const json::object served{{"kind", "recording"}, {"recording", 3},      {"program_number", 7},
                              {"name", "ZDF"},       {"slot", 0},           {"receiver", "roof"},
                              {"left_out", false},   {"reason", "It runs."}};
    const json::object out{{"kind", "configured"}, {"recording", nullptr},   {"program_number", 8},
                           {"name", ""},           {"slot", nullptr},        {"receiver", nullptr},
                           {"left_out", true},     {"reason", "No\x1b CAM."}};
    fake_daemon good{always({{"wishes", json::array{served}}})};
    const auto all = run_on(good, {"plan"});
    CHECK(all.status == exit_status::done);
    CHECK(all.out == "wanted            receiver  slot  why\n"
                     "recording 3: ZDF  roof         0  It runs.\n");
    fake_daemon bad{always({{"wishes", json::array{served, out}}})};
    const auto some = run_on(bad, {"plan"});
    CHECK(some.status == exit_status::left_out);
    CHECK(some.out.find("configured: 8     -            -  left out: No? CAM.\n") !=
          std::string::npos);
    fake_daemon none{always({{"wishes", json::array{}}})};
    CHECK(run_on(none, {"plan"}).out == "Nothing is wanted.\n");
    CHECK(run_on(none, {"plan"}).status == exit_status::done);
}

TEST_CASE("devices are shown as the daemon lays them out, but safely") {
    const json::array one{{{"number", 0}}};
    fake_daemon daemon{always({{"adapters", one}, {"text", "adapter0\n  a\x1b[2J\n"}})};
    const auto shown = run_on(daemon, {"devices"});
    CHECK(shown.out == "adapter0\n  a?[2J\n");
    CHECK(shown.status == exit_status::done);
    fake_daemon strange{always({{"adapters", one}})};
    CHECK(run_on(strange, {"devices"}).out.find("--json shows it") != std::string::npos);
}

TEST_CASE("no adapters are no success, as with cihostd --devices") {
    fake_daemon daemon{always({{"adapters", json::array{}}, {"text", "There are none.\n"}})};
    const auto told = run_on(daemon, {"devices"});
    CHECK(told.status == exit_status::refused);
    CHECK(told.err == "There are none.\n");
    CHECK(told.out.empty());
    const auto as_json = run_on(daemon, {"devices", "--json"});
    CHECK(as_json.status == exit_status::refused);
    CHECK(as_json.out == "{\"adapters\":[],\"text\":\"There are none.\\n\"}\n");
}

TEST_CASE("a pin that is forgotten with its CAM is told") {
    json::object answer{
        {"id", "C140:0001 X"}, {"in_use", false}, {"pinned", false}, {"pinned_profile", nullptr}};
    const auto forget = [&] {
        fake_daemon daemon{always(answer)};
        return run_on(daemon, {"cam", "forget", "X"}).out;
    };
    CHECK(forget() == "What was learned of C140:0001 X is forgotten.\n");
    answer["pinned"] = true;
    CHECK(forget() == "What was learned of C140:0001 X is forgotten.\nIt was pinned, and is no "
                      "longer. 'cihost cam pin' does that again once it was met again.\n");
    answer["pinned_profile"] = "cautious";
    answer["in_use"] = true;
    CHECK(forget() ==
          "What was learned of C140:0001 X is forgotten; it is in use, and learned of "
          "anew from now on.\nIt was pinned to the profile 'cautious', and is no longer. "
          "'cihost cam pin' does that again.\n");
}

TEST_CASE("without a daemon devices are shown by another command, which is named") {
    std::ostringstream out;
    std::ostringstream err;
    const std::vector<std::string> nobody{"--socket", "/nonexistent/s", "devices"};
    CHECK(run(nobody, {out, err, style{}, false}) == exit_status::unreachable);
    CHECK(err.str().find("\nWithout the daemon, \"cihostd --devices\" shows the same.\n") !=
          std::string::npos);
    CHECK(out.str().empty());
}

TEST_CASE("why asks by number or by name, and the exit status tells whether the service is clear") {
    const auto answer = [](bool clear) {
        return json::object{{"service", {{"program_number", 7}, {"name", "ZDF"}}},
                            {"cause", clear ? "clear" : "no_lock"},
                            {"clear", clear},
                            {"sentence", "So it is."},
                            {"remedy", ""},
                            {"evidence", json::array{}}};
    };
    fake_daemon dark{always(answer(false))};
    const auto found = run_on(dark, {"why", "7", "--receiver", "roof"});
    CHECK(found.status == exit_status::not_clear);
    CHECK(found.out == "ZDF (7): no lock\n  So it is.\n");
    CHECK(run_on(dark, {"why", "ZDF", "--json"}).status == exit_status::not_clear);
    CHECK(dark.requests() == std::vector<std::string>{R"(why {"receiver":"roof","service":7})",
                                                      R"(why {"service":"ZDF"})"});
    fake_daemon clear{always(answer(true))};
    CHECK(run_on(clear, {"why", "7"}).status == exit_status::done);
}

TEST_CASE("a stream is no JSON, which is said before anybody is asked") {
    fake_daemon daemon{always({{"http", "127.0.0.1:1"}})};
    const auto done = run_on(daemon, {"stream", "1", "--json"});
    CHECK(done.status == exit_status::usage);
    CHECK(done.out.empty());
    CHECK(done.err ==
          "cihost: 'stream' writes a transport stream, and no JSON; leave out --json.\n");
    CHECK(daemon.requests().empty());
}

TEST_CASE("a service or receiver that is not found is no success") {
    fake_daemon daemon{[](const std::string& method, const json::object&) {
        json::object result;
        if (method == "services")
            result["services"] = json::array{
                {{"program_number", 7}, {"name", "ZDF"}, {"receiver", "roof"}, {"state", "clear"}}};
        else
            result["receivers"] = json::array{{{"name", "roof"}}, {{"name", "cable"}}};
        return json::object{{"result", result}};
    }};
    CHECK(run_on(daemon, {"services", "zdf"}).status == exit_status::done);
    const auto none = run_on(daemon, {"services", "zzz"});
    CHECK(none.status == exit_status::refused);
    CHECK(none.out.empty());
    CHECK(none.err == "No service is like that; 'cihost services' lists all.\n");
    const auto as_json = run_on(daemon, {"services", "zzz", "--json"});
    CHECK(as_json.status == exit_status::refused);
    CHECK(as_json.out == "{\"services\":[]}\n");
    const auto nowhere = run_on(daemon, {"services", "--receiver", "rof"});
    CHECK(nowhere.status == exit_status::refused);
    CHECK(nowhere.err ==
          "cihost: There is no receiver 'rof'; did you mean 'roof'? Known: roof, cable\n");
    // that there is none is what was asked
    CHECK(run_on(daemon, {"services", "--receiver", "cable"}).status == exit_status::done);
    CHECK(run_on(daemon, {"services", "--scrambled"}).status == exit_status::done);
}
