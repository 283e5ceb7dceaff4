// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/record.hpp"

#include "cli/fake_daemon.hpp"
#include "cli/on_terminal.hpp"
#include "support/catch.hpp"
#include "support/process.hpp"

#include <atomic>
#include <csignal>
#include <fstream>
#include <iterator>
#include <sstream>

using namespace cihost::cli;
using namespace cihost::test;
namespace json = boost::json;

namespace {

json::object recording(const char* state, std::uint64_t bytes) {
    return {{"id", 3}, {"file", "/rec/a.ts"}, {"state", state}, {"bytes", bytes}};
}

/// Records; fails after `lists` looks at it, or ends soon if there is a duration.
fake_daemon::answer_function recorder(int lists = 1'000'000) {
    return [left = lists, ends = 0](const std::string& method, const json::object& params) mutable {
        if (method == "record.start") {
            ends = params.contains("duration") ? 3 : 0;
            return json::object{{"result", {{"id", 3}, {"file", "/rec/a.ts"}}}};
        }
        if (method == "record.stop")
            return json::object{{"result", recording("stopped", 1024)}};
        auto now = recording("recording", 512);
        if (ends > 0 && --ends == 0)
            now = recording("stopped", 1024);
        if (--left < 0) {
            now["state"] = "failed";
            now["reason"] = "The disk is full.";
        }
        return json::object{{"result", {{"recordings", {now}}}}};
    };
}

struct outcome {
    exit_status status;
    std::string out;
    std::string err;
};

outcome record_on(const fake_daemon& daemon, const record_command& what, bool as_json = false,
                  bool progress = false) {
    std::ostringstream out;
    std::ostringstream err;
    control_client client{daemon.socket()};
    const auto status = record(client, what, as_json, {out, err, style{}, progress});
    return {status, out.str(), err.str()};
}

constexpr std::chrono::seconds one{1};

} // namespace

TEST_CASE("a recording ends with its duration and shows its final report") {
    fake_daemon daemon{recorder()};
    const auto done = record_on(daemon, {"28106", "roof", "/rec/a.ts", one});
    CHECK(done.status == exit_status::done);
    CHECK(done.err == "Recording 3 of 28106 to /rec/a.ts\n");
    CHECK(done.out.rfind("stopped, 1.0 KiB, ", 0) == 0);
    const auto requests = daemon.requests();
    CHECK(requests.front() ==
          R"(record.start {"service":28106,"file":"/rec/a.ts","receiver":"roof","duration":1})");
    CHECK(requests.back() == "record.list"); // the daemon ends it
}

TEST_CASE("a name stays a name, and --json gives the final report") {
    fake_daemon daemon{recorder()};
    const auto done = record_on(daemon, {"3sat", {}, {}, one}, true);
    CHECK(daemon.requests().front() == R"(record.start {"service":"3sat","duration":1})");
    CHECK(json::parse(done.out) == json::value(recording("stopped", 1024)));
}

TEST_CASE("a recording in the background is left to the daemon") {
    fake_daemon daemon{recorder()};
    record_command what{"28106", {}, {}, {}, true};
    const auto done = record_on(daemon, what);
    CHECK(done.status == exit_status::done);
    CHECK(done.out == "Recording 3 of 28106 to /rec/a.ts, until it is stopped\n");
    CHECK(daemon.requests() == std::vector<std::string>{R"(record.start {"service":28106})"});
    what.background = false;
    what.duration.reset();
    // without the command nobody would end it
    fake_daemon other{recorder(0)};
    record_on(other, what);
    CHECK(other.requests().front() == R"(record.start {"service":28106,"attached":true})");
}

TEST_CASE("progress is one line that is written over and taken away") {
    fake_daemon daemon{recorder()};
    const auto done = record_on(daemon, {"1", {}, {}, one}, false, true);
    CHECK(done.err.find("\r\x1b[K0:00:00  recording, 512 bytes, ") != std::string::npos);
    CHECK(done.err.substr(done.err.size() - 4) == "\r\x1b[K");
}

TEST_CASE("the progress line is no wider than its window") {
    fake_daemon daemon{recorder()};
    on_terminal person{
        {"--socket", daemon.socket(), "record", "1", "--duration", "1s"}, false, {24, 20}};
    CHECK(person.shows("\r\x1b[K0:00:00  recording,\r\x1b[K"));
    CHECK(person.exit_status() == 0);
}

TEST_CASE("a recording that fails ends the command with its reason") {
    fake_daemon daemon{recorder(1)};
    const auto done = record_on(daemon, {"1", {}, {}, {}});
    CHECK(done.status == exit_status::refused);
    CHECK(done.err.find("Recording 3 failed: The disk is full.\n") != std::string::npos);
    CHECK(done.out.empty());
    CHECK(daemon.requests().back() == "record.list");
}

TEST_CASE("a disk that is full is told at once, and the exit status tells of what is missing") {
    fake_daemon daemon{[looks = 0](const std::string& method, const json::object&) mutable {
        if (method == "record.start")
            return json::object{{"result", {{"id", 3}, {"file", "/rec/a.ts"}}}};
        auto now = recording(++looks < 4 ? "recording" : "stopped", 1024);
        now["dropped_packets"] = 7;
        now["reason"] = looks == 1 || looks == 2 ? "The disk is full." : "";
        if (looks == 4)
            now["reason"] = "The disk was full: 7 packets are missing.";
        return json::object{{"result", {{"recordings", {now}}}}};
    }};
    const auto done = record_on(daemon, {"1", {}, {}, one});
    CHECK(done.status == exit_status::incomplete);
    CHECK(static_cast<int>(done.status) == 6);
    CHECK(done.err == "Recording 3 of 1 to /rec/a.ts\nRecording 3: The disk is full.\n"
                      "Recording 3: The disk takes it again.\n");
    CHECK(done.out.find(": The disk was full: 7 packets are missing.\n") != std::string::npos);
}

TEST_CASE("a recording that never began is no success") {
    fake_daemon daemon{
        [answer = recorder()](const std::string& method, const json::object& params) mutable {
            if (method == "record.start")
                return answer(method, params);
            auto final = recording("stopped", 0);
            final["reason"] = "There is no module in the slot.";
            return json::object{{"result", {{"recordings", {final}}}}};
        }};
    const auto done = record_on(daemon, {"1", {}, {}, one});
    CHECK(done.status == exit_status::refused);
    CHECK(done.out.empty());
    CHECK(done.err.find("Recording 3: nothing was recorded. There is no module in the slot.\n") !=
          std::string::npos);
}

TEST_CASE("Ctrl-C stops the recording and waits for its end") {
    std::atomic<pid_t> child{0};
    fake_daemon daemon{
        [&, answer = recorder()](const std::string& method, const json::object& params) mutable {
            // the signal comes when the recording runs, at the worst time: during a call
            if (method == "record.list")
                ::kill(child, SIGINT);
            return answer(method, params);
        }};
    const auto output = (daemon.folder() / "output").string();
    process person{"cihost", {"--socket", daemon.socket(), "record", "1", "--json"}, output};
    child = person.pid();
    CHECK(person.exit_status() == 0);
    CHECK(daemon.requests().back() == R"(record.stop {"id":3})");
    std::ifstream in{output};
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    CHECK(text.find("\"state\":\"stopped\"") != std::string::npos);
}
