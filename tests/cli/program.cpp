// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/program.hpp"

#include "cli/fake_daemon.hpp"
#include "support/catch.hpp"

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
    fake_daemon daemon{always({{"a", nullptr}, {"b", 2}})};
    for (const std::vector<std::string>& command : {std::vector<std::string>{"status"},
                                                    {"services"},
                                                    {"devices"},
                                                    {"version"},
                                                    {"record", "--list"},
                                                    {"record", "--stop", "7"},
                                                    {"trace", "start", "/t"},
                                                    {"trace", "stop"}}) {
        auto arguments = command;
        arguments.emplace_back("--json");
        const auto done = run_on(daemon, arguments);
        CHECK(done.status == exit_status::done);
        CHECK(done.out == "{\"a\":null,\"b\":2}\n");
        CHECK(done.err.empty());
    }
    CHECK(daemon.requests() ==
          std::vector<std::string>{
              "status", "services", "devices", "version", "record.list", R"(record.stop {"id":7})",
              R"(trace.start {"file":"/t","from_start":false})", "trace.stop"});
}

TEST_CASE("answers are sentences without --json") {
    fake_daemon version{always({{"program", "cihostd"}, {"version", "0.1.0"}, {"protocol", 1}})};
    CHECK(run_on(version, {"version"}).out == "cihostd 0.1.0, control protocol 1\n");
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

TEST_CASE("devices are shown as the daemon lays them out, but safely") {
    fake_daemon daemon{always({{"adapters", json::array{}}, {"text", "adapter0\n  a\x1b[2J\n"}})};
    CHECK(run_on(daemon, {"devices"}).out == "adapter0\n  a?[2J\n");
    fake_daemon strange{always({{"adapters", json::array{}}})};
    CHECK(run_on(strange, {"devices"}).out.find("--json shows it") != std::string::npos);
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
