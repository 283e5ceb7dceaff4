// SPDX-License-Identifier: LGPL-2.1-or-later
/// The real cihostd, as a process.

#include "daemon/raw_client.hpp"
#include "daemon/write_file.hpp"
#include "device/inventory.hpp"
#include "support/catch.hpp"
#include "support/process.hpp"
#include "support/temporary_folder.hpp"

#include <boost/json/parse.hpp>

#include <chrono>
#include <csignal>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace cihost::test;

namespace {

/// The daemon.
struct cihostd : process {
    cihostd(std::vector<std::string> arguments, const std::filesystem::path& output)
        : process{"cihostd", std::move(arguments), output} {}
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
    cihostd daemon{{"--config", config}, output};
    REQUIRE(reachable());
    daemon.signal(SIGTERM);
    CHECK(daemon.exit_status() == 0);
    CHECK_FALSE(std::filesystem::exists(socket));
    CHECK(text().find("daemon: cihostd has stopped.") != std::string::npos);
}

TEST_CASE_METHOD(fixture, "a second cihostd on the same socket says so and ends") {
    cihostd first{{"--config", config}, output};
    REQUIRE(reachable());
    cihostd second{{"--config", config}, folder.path() / "second"};
    CHECK(second.exit_status() == 1);
    CHECK(reachable());
    first.signal(SIGINT);
    CHECK(first.exit_status() == 0);
}

TEST_CASE_METHOD(fixture, "cihostd --check describes or complains, and starts nothing") {
    CHECK(cihostd({"--config", config, "--check"}, output).exit_status() == 0);
    CHECK(text().find("receiver 'receiver': virtual receiver in " +
                      (folder.path() / "nodes").string() + ", tuned to 474 MHz\n") !=
          std::string::npos);
    write_file(folder.path() / "cihostd.toml", "[[reciever]]\n");
    CHECK(cihostd({"--config", config, "--check"}, output).exit_status() == 1);
    CHECK(text().find("did you mean 'receiver'?") != std::string::npos);
    CHECK_FALSE(std::filesystem::exists(socket));
}

TEST_CASE_METHOD(fixture, "cihostd --check tells what would keep it from starting, by its status") {
    const auto wrong = write_file(folder.path() / "wrong.toml",
                                  "[control]\nsocket = \"control.sock\"\ngroup = "
                                  "\"no-such-group\"\n[recording]\ndirectory = \"rec\"\n"
                                  "[[receiver]]\ndevice = \"virtual:nodes\"\n"
                                  "frequency = \"474 MHz\"\n")
                           .string();
    CHECK(cihostd({"--config", wrong, "--check"}, output).exit_status() == 1);
    CHECK(text().find("cihostd: There is no group 'no-such-group'") != std::string::npos);
    // as the daemon says it
    CHECK(cihostd({"--config", wrong}, folder.path() / "start").exit_status() == 1);
    // beside a daemon that runs
    cihostd daemon{{"--config", config}, folder.path() / "daemon"};
    REQUIRE(reachable());
    CHECK(cihostd({"--config", config, "--check"}, output).exit_status() == 0);
    CHECK(text().find("Another cihostd listens on ") != std::string::npos);
    daemon.signal(SIGTERM);
    CHECK(daemon.exit_status() == 0);
}

TEST_CASE_METHOD(fixture, "cihostd --check has JSON, and nothing else has") {
    CHECK(cihostd({"--config", config, "--check", "--json"}, output).exit_status() == 0);
    const auto report = boost::json::parse(text());
    CHECK(report.at("config") == boost::json::value(config));
    CHECK(report.at("problems").as_array().empty());
    CHECK(report.at("receivers").at(0).at("name") == "receiver");
    CHECK(cihostd({"--config", config, "--json"}, output).exit_status() == 2);
}

TEST_CASE_METHOD(fixture,
                 "a configuration that cannot be read is told to those who can name another") {
    const auto none = (folder.path() / "none.toml").string();
    CHECK(cihostd({"--config", none, "--check"}, output).exit_status() == 1);
    CHECK(text() == none + ": cannot be read: No such file or directory. Allowed: a readable TOML "
                           "file\n");
    CHECK(cihostd({"--config", none}, output).exit_status() == 1);
    CHECK(text().ends_with("cihostd: --config FILE names another configuration.\n"));
}

TEST_CASE_METHOD(fixture, "cihostd has its usage") {
    CHECK(cihostd({"--help"}, output).exit_status() == 0);
    CHECK(cihostd({"--version"}, output).exit_status() == 0);
    CHECK(cihostd({"--chekc"}, output).exit_status() == 2);
    CHECK(text().find("Exit status: 0 stopped in order") != std::string::npos);
}

TEST_CASE_METHOD(fixture, "cihostd --devices shows adapters or says why there are none") {
    // needs no configuration, not even a right one
    write_file(folder.path() / "cihostd.toml", "[[reciever]]\n");
    const auto status = cihostd({"--config", config, "--devices"}, output).exit_status();
    if (cihost::device::find_adapters().empty()) {
        CHECK(status == 1);
        CHECK(text() == "cihostd: " + cihost::device::explain_no_adapters() + "\n");
    } else {
        CHECK(status == 0);
        CHECK(text().rfind("adapter", 0) == 0);
    }
    CHECK_FALSE(std::filesystem::exists(socket));
}
