// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/record.hpp"

#include "cli/fake_daemon.hpp"
#include "support/catch.hpp"

#include <atomic>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <spawn.h>
#include <sstream>
#include <sys/wait.h>

extern char** environ;

using namespace cihost::cli;
using namespace cihost::test;
namespace json = boost::json;

namespace {

json::object recording(const char* state, std::uint64_t bytes) {
    return {{"id", 3}, {"file", "/rec/a.ts"}, {"state", state}, {"bytes", bytes}};
}

/// Records; fails after `lists` looks at it.
fake_daemon::answer_function recorder(int lists = 1'000'000) {
    return [left = lists](const std::string& method, const json::object&) mutable {
        if (method == "record.start")
            return json::object{{"result", {{"id", 3}, {"file", "/rec/a.ts"}}}};
        if (method == "record.stop")
            return json::object{{"result", recording("stopped", 1024)}};
        auto now = recording("recording", 512);
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
          R"(record.start {"service":28106,"file":"/rec/a.ts","receiver":"roof"})");
    CHECK(requests.back() == R"(record.stop {"id":3})");
}

TEST_CASE("a name stays a name, and --json gives the final report") {
    fake_daemon daemon{recorder()};
    const auto done = record_on(daemon, {"3sat", {}, {}, one}, true);
    CHECK(daemon.requests().front() == R"(record.start {"service":"3sat"})");
    CHECK(json::parse(done.out) == json::value(recording("stopped", 1024)));
}

TEST_CASE("progress is one line that is written over and taken away") {
    fake_daemon daemon{recorder()};
    const auto done = record_on(daemon, {"1", {}, {}, one}, false, true);
    CHECK(done.err.find("\r\x1b[K0:00:00  recording, 512 bytes, ") != std::string::npos);
    CHECK(done.err.substr(done.err.size() - 4) == "\r\x1b[K");
}

TEST_CASE("a recording that fails ends the command with its reason") {
    fake_daemon daemon{recorder(1)};
    const auto done = record_on(daemon, {"1", {}, {}, {}});
    CHECK(done.status == exit_status::refused);
    CHECK(done.err.find("Recording 3 failed: The disk is full.\n") != std::string::npos);
    CHECK(done.out.empty());
    CHECK(daemon.requests().back() == "record.list");
}

TEST_CASE("a recording that never began is no success") {
    fake_daemon daemon{
        [answer = recorder()](const std::string& method, const json::object& params) mutable {
            if (method != "record.stop")
                return answer(method, params);
            auto final = recording("stopped", 0);
            final["reason"] = "There is no module in the slot.";
            return json::object{{"result", final}};
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
    std::vector<std::string> arguments{
        CIHOST_BIN_DIR "/cihost", "--socket", daemon.socket(), "record", "1", "--json"};
    std::vector<char*> argv;
    for (auto& a : arguments)
        argv.push_back(a.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, output.c_str(), O_CREAT | O_WRONLY, 0600);
    pid_t pid = 0;
    REQUIRE(::posix_spawn(&pid, argv[0], &actions, nullptr, argv.data(), environ) == 0);
    child = pid;
    posix_spawn_file_actions_destroy(&actions);

    int status = 0;
    REQUIRE(::waitpid(pid, &status, 0) == pid);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
    CHECK(daemon.requests().back() == R"(record.stop {"id":3})");
    std::ifstream in{output};
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    CHECK(text.find("\"state\":\"stopped\"") != std::string::npos);
}
