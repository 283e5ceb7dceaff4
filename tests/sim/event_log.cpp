// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/event_log.hpp"

#include "support/catch.hpp"

#include <boost/json/parse.hpp>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <unistd.h>

using namespace cihost;
using namespace cihost::sim;

TEST_CASE("event_log: a line is a JSON object, there as soon as it is written") {
    const auto file = (std::filesystem::temp_directory_path() /
                       ("cihost-event-log-" + std::to_string(::getpid())))
                          .string();
    const auto start = time_point{} + std::chrono::seconds{100};
    event_log log{file, start};
    log.write_clock();
    log.write(start + std::chrono::milliseconds{1250}, "cam", "ready", {{"boots", 2}});
    log.write(start + std::chrono::seconds{2}, "headend", "ecm_pid");

    std::ifstream in{file};
    std::string line;
    REQUIRE(std::getline(in, line));
    CHECK(line == R"({"t":0.000000,"who":"receiver","event":"clock","monotonic_s":100.000000})");
    REQUIRE(std::getline(in, line));
    CHECK(line == R"({"t":1.250000,"who":"cam","event":"ready","boots":2})");
    REQUIRE(std::getline(in, line));
    const auto second = boost::json::parse(line).as_object();
    CHECK(second.at("t").as_double() == 2.0);
    CHECK(second.at("event").as_string() == "ecm_pid");
    std::remove(file.c_str());
}

TEST_CASE("event_log: a file that cannot be made is said at once") {
    CHECK_THROWS_AS((event_log{"/nonexistent/events", time_point{}}), std::system_error);
    event_log nowhere;
    nowhere.write(time_point{}, "cam", "ready");
    CHECK(nowhere.failure().empty());
}

TEST_CASE("event_log: a line that cannot be written is remembered") {
    event_log full{"/dev/full", time_point{}};
    CHECK(full.failure().empty());
    full.write(time_point{}, "cam", "ready");
    CHECK(full.failure() == "/dev/full cannot be written: No space left on device");
}
