// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/command_line.hpp"

#include "support/catch.hpp"

#include <vector>

using namespace cihost::cli;

namespace {

using words = std::vector<std::string>;

command_line good(const words& arguments) {
    const auto parsed = parse_command_line(arguments);
    if (const auto* end = std::get_if<command_line_end>(&parsed))
        FAIL(end->text);
    return std::get<command_line>(parsed);
}

template<class Command>
Command good_command(const words& arguments) {
    return std::get<Command>(good(arguments).command);
}

command_line_end end(const words& arguments) {
    return std::get<command_line_end>(parse_command_line(arguments));
}

} // namespace

TEST_CASE("options stand before or behind the command") {
    CHECK(good({"--socket", "/s", "--json", "status"}).socket == "/s");
    const auto line = good({"services", "--json", "--socket", "/s"});
    CHECK(line.json);
    CHECK(line.socket == "/s");
    CHECK(std::holds_alternative<services_command>(line.command));
    good_command<devices_command>({"devices"});
    CHECK_FALSE(good({"version"}).json);
    CHECK(good({"version"}).socket.is_absolute());
}

TEST_CASE("record has three forms") {
    const auto record = good_command<record_command>(
        {"record", "Das Erste HD", "--file", "a.ts", "--duration", "1h30m", "--receiver", "roof"});
    CHECK(record.service == "Das Erste HD");
    CHECK(record.file == std::filesystem::current_path() / "a.ts");
    CHECK(record.duration == std::chrono::seconds{5400});
    CHECK(record.receiver == "roof");
    CHECK_FALSE(good_command<record_command>({"record", "28106"}).file);
    CHECK(good_command<record_stop_command>({"record", "--stop", "3"}).id == 3);
    good_command<record_list_command>({"record", "--list"});
}

TEST_CASE("trace starts and stops") {
    const auto start = good_command<trace_start_command>({"trace", "start", "t", "--from-start"});
    CHECK(start.file == std::filesystem::current_path() / "t");
    CHECK(start.from_start);
    CHECK_FALSE(good_command<trace_start_command>({"trace", "start", "/t"}).from_start);
    CHECK(good_command<trace_stop_command>({"trace", "stop", "--receiver", "a"}).receiver == "a");
    CHECK(good({"trace", "stop", "--json"}).json);
}

TEST_CASE("wrong lines are told with what is allowed") {
    const auto fault = [](const words& arguments) {
        const auto e = end(arguments);
        CHECK(e.status == exit_status::usage);
        return e.text.substr(0, e.text.find('\n'));
    };
    CHECK(fault({"record", "1", "--duration", "5x"}) ==
          "--duration: '5x' is no duration. Allowed: 10s, 2m, 1h30m, up to 240h");
    CHECK(fault({"record"}) == "cihost record needs a SERVICE, --stop ID or --list.");
    for (const words& wrong : {words{},
                               {"statsu"},
                               {"devices", "x"},
                               {"status", "x"},
                               {"--socket"},
                               {"record", "--stop", "x"},
                               {"record", "--stop", "-1"},
                               {"record", "1", "--list"},
                               {"record", "1", "--stop", "2"},
                               {"record", "--list", "--stop", "2"},
                               {"record", "65536"},
                               {"record", "0"},
                               {"record", "1", "2"},
                               {"trace"},
                               {"trace", "start"},
                               {"trace", "stop", "x"},
                               {"--what"}}) {
        CAPTURE(wrong);
        CHECK_FALSE(fault(wrong).empty());
    }
}

TEST_CASE("help lists the exit status") {
    const auto help = end({"--help"});
    CHECK(help.status == exit_status::done);
    CHECK(help.text.find("3  the daemon cannot be reached") != std::string::npos);
    CHECK(end({"record", "--help"}).text.find("--duration TIME") != std::string::npos);
    CHECK(end({"--version"}).text.rfind("cihost ", 0) == 0);
}
