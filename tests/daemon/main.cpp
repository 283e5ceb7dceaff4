// SPDX-License-Identifier: LGPL-2.1-or-later
/// The real cihostd, as a process.

#include "daemon/raw_client.hpp"
#include "daemon/write_file.hpp"
#include "device/inventory.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <spawn.h>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <vector>

extern char** environ;

using namespace cihost::test;

namespace {

class process {
  public:
    process(std::vector<std::string> arguments, const std::filesystem::path& output) {
        arguments.insert(arguments.begin(), CIHOST_BIN_DIR "/cihostd");
        std::vector<char*> argv;
        for (auto& a : arguments)
            argv.push_back(a.data());
        argv.push_back(nullptr);
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_addopen(&actions, 1, output.c_str(), O_CREAT | O_WRONLY | O_APPEND,
                                         0600);
        posix_spawn_file_actions_adddup2(&actions, 1, 2);
        REQUIRE(::posix_spawn(&pid_, argv[0], &actions, nullptr, argv.data(), environ) == 0);
        posix_spawn_file_actions_destroy(&actions);
    }
    process(const process&) = delete;
    process& operator=(const process&) = delete;
    ~process() {
        if (pid_ > 0) {
            ::kill(pid_, SIGKILL);
            ::waitpid(pid_, nullptr, 0);
        }
    }

    void signal(int number) const { ::kill(pid_, number); }
    int exit_status() {
        int status = 0;
        ::waitpid(pid_, &status, 0);
        pid_ = 0;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }

  private:
    pid_t pid_ = 0;
};

struct fixture {
    temporary_folder folder;
    std::filesystem::path socket = folder.path() / "control.sock";
    std::filesystem::path output = folder.path() / "output";
    std::string config = write_file(folder.path() / "cihostd.toml",
                                    "[control]\nsocket = \"control.sock\"\n[recording]\ndirectory "
                                    "= \"rec\"\n[[receiver]]\ndevice = \"virtual:nodes\"\n"
                                    "frequency = \"474 MHz\"\n")
                             .string();

    std::string text() const {
        std::ifstream in{output};
        return {std::istreambuf_iterator<char>(in), {}};
    }
    bool reachable() const {
        for (int tries = 0; tries < 1000; ++tries) {
            if (raw_client{socket}.connected)
                return true;
            std::this_thread::sleep_for(std::chrono::milliseconds{10});
        }
        return false;
    }
};

} // namespace

TEST_CASE_METHOD(fixture, "cihostd starts without a device and stops at SIGTERM") {
    process daemon{{"--config", config}, output};
    REQUIRE(reachable());
    daemon.signal(SIGTERM);
    CHECK(daemon.exit_status() == 0);
    CHECK_FALSE(std::filesystem::exists(socket));
    CHECK(text().find("daemon: cihostd has stopped.") != std::string::npos);
}

TEST_CASE_METHOD(fixture, "a second cihostd on the same socket says so and ends") {
    process first{{"--config", config}, output};
    REQUIRE(reachable());
    process second{{"--config", config}, folder.path() / "second"};
    CHECK(second.exit_status() == 1);
    CHECK(reachable());
    first.signal(SIGINT);
    CHECK(first.exit_status() == 0);
}

TEST_CASE_METHOD(fixture, "cihostd --check describes or complains, and starts nothing") {
    CHECK(process({"--config", config, "--check"}, output).exit_status() == 0);
    CHECK(text().find("receiver 'receiver': virtual receiver in " +
                      (folder.path() / "nodes").string() + ", tuned to 474 MHz\n") !=
          std::string::npos);
    write_file(folder.path() / "cihostd.toml", "[[reciever]]\n");
    CHECK(process({"--config", config, "--check"}, output).exit_status() == 1);
    CHECK(text().find("did you mean 'receiver'?") != std::string::npos);
    CHECK_FALSE(std::filesystem::exists(socket));
}

TEST_CASE_METHOD(fixture, "cihostd has its usage") {
    CHECK(process({"--help"}, output).exit_status() == 0);
    CHECK(process({"--version"}, output).exit_status() == 0);
    CHECK(process({"--chekc"}, output).exit_status() == 2);
    CHECK(text().find("Exit status: 0 stopped in order") != std::string::npos);
}

TEST_CASE_METHOD(fixture, "cihostd --devices shows adapters or says why there are none") {
    // needs no configuration, not even a right one
    write_file(folder.path() / "cihostd.toml", "[[reciever]]\n");
    const auto status = process({"--config", config, "--devices"}, output).exit_status();
    if (cihost::device::find_adapters().empty()) {
        CHECK(status == 1);
        CHECK(text() == "cihostd: " + cihost::device::explain_no_adapters() + "\n");
    } else {
        CHECK(status == 0);
        CHECK(text().rfind("adapter", 0) == 0);
    }
    CHECK_FALSE(std::filesystem::exists(socket));
}
