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
    CHECK(good({"--socket", "/alias", "status", "--socket", "/s"}).socket == "/s");
    CHECK(std::holds_alternative<services_command>(line.command));
    good_command<devices_command>({"devices"});
    good_command<plan_command>({"plan"});
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
    CHECK_FALSE(record.background);
    CHECK_FALSE(good_command<record_command>({"record", "28106"}).file);
    CHECK(good_command<record_command>({"record", "28106", "--background"}).background);
    CHECK(good_command<record_stop_command>({"record", "--stop", "3"}).id == 3);
    good_command<record_list_command>({"record", "--list"});
}

TEST_CASE("why wants a service") {
    const auto why = good_command<why_command>({"why", "Das Erste HD", "--receiver", "roof"});
    CHECK(why.service == "Das Erste HD");
    CHECK(why.receiver == "roof");
    CHECK_FALSE(good_command<why_command>({"why", "28106"}).receiver);
    CHECK(end({"why"}).status == exit_status::usage);
    CHECK(end({"why", "0"}).status == exit_status::usage);
}

TEST_CASE("stream has a service") {
    CHECK(good_command<stream_command>({"stream", "Das Erste HD"}).service == "Das Erste HD");
    CHECK_FALSE(good_command<stream_command>({"stream", "7"}).receiver);
    CHECK(good_command<stream_command>({"stream", "7", "--receiver", "roof"}).receiver == "roof");
}

TEST_CASE("trace starts and stops") {
    const auto start = good_command<trace_start_command>({"trace", "start", "t", "--from-start"});
    CHECK(start.file == std::filesystem::current_path() / "t");
    CHECK(start.from_start);
    CHECK_FALSE(good_command<trace_start_command>({"trace", "start", "/t"}).from_start);
    CHECK(good_command<trace_stop_command>({"trace", "stop", "--receiver", "a"}).receiver == "a");
    CHECK(good({"trace", "stop", "--json"}).json);
}

TEST_CASE("what was learned of CAMs is listed, shown, pinned and forgotten") {
    good_command<cam_list_command>({"cam", "list"});
    CHECK(good_command<cam_show_command>({"cam", "show", "AlphaCrypt Light"}).cam ==
          "AlphaCrypt Light");
    const auto pin = good_command<cam_pin_command>({"cam", "pin", "X", "--profile", "cautious"});
    CHECK(pin.cam == "X");
    CHECK(pin.pinned);
    CHECK(pin.profile == "cautious");
    CHECK_FALSE(good_command<cam_pin_command>({"cam", "pin", "X"}).profile);
    CHECK_FALSE(good_command<cam_pin_command>({"cam", "unpin", "X"}).pinned);
    CHECK(good_command<cam_forget_command>({"cam", "forget", "C140:0001"}).cam == "C140:0001");
    CHECK(good({"cam", "list", "--json"}).json);
    for (const auto& wrong : {words{"cam"}, words{"cam", "show"}, words{"cam", "lost"},
                              words{"cam", "forget", "X", "--profile", "y"}})
        CHECK(end(wrong).status == exit_status::usage);
    CHECK(end({"cam", "--help"}).text.find("forget") != std::string::npos);
}

TEST_CASE("what is in the slots is shown and reset") {
    good_command<cams_command>({"cams"});
    const auto reset = good_command<cam_reset_command>({"cam", "reset", "roof:1", "--force"});
    CHECK(reset.where.receiver == "roof");
    CHECK(reset.where.slot == 1U);
    CHECK(reset.force);
    CHECK_FALSE(good_command<cam_reset_command>({"cam", "reset"}).where.receiver);
    const auto profile = good_command<cam_profile_command>({"cam", "profile", "X", "cautious"});
    CHECK(profile.cam == "X");
    CHECK(profile.profile == "cautious");
    CHECK_FALSE(good_command<cam_profile_command>({"cam", "profile"}).cam);
}

TEST_CASE("a menu is walked through, or dealt with step by step") {
    using action = menu_command::action;
    CHECK(good_command<menu_command>({"menu"}).what == action::walk);
    CHECK(good_command<menu_command>({"menu", "roof:1"}).where.slot == 1U);
    CHECK(good_command<menu_command>({"menu", "--show"}).what == action::show);
    CHECK(good_command<menu_command>({"menu", "--back"}).what == action::back);
    CHECK(good_command<menu_command>({"menu", "--close"}).what == action::close);
    CHECK(good_command<menu_command>({"menu", "--answer-stdin"}).what == action::answer_from_stdin);
    const auto chosen = good_command<menu_command>({"menu", "--choose", "2", "--id", "7"});
    CHECK(chosen.what == action::choose);
    CHECK(chosen.choice == 2);
    CHECK(chosen.id == 7U);
    for (const auto& wrong :
         {words{"menu", "--choose", "0"}, words{"menu", "--choose", "-1"},
          words{"menu", "--choose", "1", "--back"}, words{"menu", "--show", "--id", "1"},
          // a PIN has no business on a command line
          words{"menu", "--answer", "1234"}, words{"menu", "--answer-stdin", "roof", "1234"}})
        CHECK(end(wrong).status == exit_status::usage);
}

TEST_CASE("the log is shown from a level on, and its levels are set") {
    const auto log = good_command<log_command>(
        {"log", "--lines", "5", "--follow", "--level", "warning", "--receiver", "roof"});
    CHECK(log.lines == 5);
    CHECK(log.follow);
    CHECK(log.level == cihost::severity::warning);
    CHECK(log.receiver == "roof");
    CHECK(good_command<log_command>({"log"}).lines == 20);
    CHECK_FALSE(good_command<log_level_command>({"log", "level"}).level);
    CHECK(good_command<log_level_command>({"log", "level", "debug"}).level == "debug");
    const auto level = good_command<log_level_command>({"log", "level", "cam", "info"});
    CHECK(level.area == "cam");
    CHECK(level.level == "info");
    for (const auto& wrong :
         {words{"log", "--level", "loud"}, words{"log", "--lines", "-1"},
          words{"log", "level", "cam"}, words{"log", "level", "a", "b", "info"}})
        CHECK(end(wrong).status == exit_status::usage);
    CHECK(end({"log", "level", "loud"}).text.find("Allowed: debug, info, warning, error") !=
          std::string::npos);
}

TEST_CASE("a configuration is checked, and services are picked") {
    CHECK(good_command<check_command>({"check", "a.toml"}).file ==
          std::filesystem::current_path() / "a.toml");
    CHECK_FALSE(good_command<check_command>({"check"}).file);
    const auto services =
        good_command<services_command>({"services", "--scrambled", "--receiver", "roof", "sport"});
    CHECK(services.scrambled);
    CHECK(services.receiver == "roof");
    CHECK(services.pattern == "sport");
    CHECK(good_command<status_command>({"status", "--watch"}).watch);
    CHECK(good_command<complete_command>({"complete", "cam", "--json", ""}).words ==
          words{"cam", "--json", ""});
}

TEST_CASE("a word that is no command is told with the one that was meant, below others too") {
    CHECK(end({"cam", "forgte"})
              .text.rfind("'forgte' is not a command; did you mean 'forget'?\n", 0) == 0);
    CHECK(end({"trace", "sotp"}).text.find("did you mean 'stop'?") != std::string::npos);
    for (const words& before :
         {words{"--json"}, words{"--socket", "status"}, words{"--socket=s"}}) {
        auto line = before;
        line.emplace_back("recrod");
        const words& whole = line; // else it is std::end
        CHECK(end(whole).text.rfind("'recrod' is not a command; did you mean 'record'?\n", 0) == 0);
    }
}

TEST_CASE("wrong lines are told with what is allowed") {
    const auto fault = [](const words& arguments) {
        const auto e = end(arguments);
        CHECK(e.status == exit_status::usage);
        return e.text.substr(0, e.text.find('\n'));
    };
    CHECK(fault({"record", "1", "--duration", "5x"}) ==
          "--duration: '5x' is no duration. Allowed: 10s, 2m, 1h30m, up to 240h");
    const words unquoted{"record", "Docu", "Three"};
    CHECK(fault(unquoted) == "The following argument was not expected: Three");
    CHECK(end(unquoted).text.find("\nA name of several words stands in quotes.\n") !=
          std::string::npos);
    for (const words& other : {words{"status", "x"},
                               {"cam", "reset", "roof:0", "--slot", "1"},
                               {"--sokcet", "x", "status"}}) {
        CHECK(end(other).text.find("quotes") == std::string::npos);
        CHECK(end(other).text.find("not a command") == std::string::npos);
    }
    CHECK(fault({"record", "1", "--file", ""}) == "--file: the file has no name");
    CHECK(fault({"trace", "start", ""}) == "file: the file has no name");
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
