// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/replay/replay.hpp"

#include "sim/commands/commands.hpp"
#include "sim/replay/recording.hpp"
#include "sim/replay/report_text.hpp"

#include <CLI/CLI.hpp>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

namespace cihost::sim {

namespace {

struct replay_options {
    std::string file;
    int slot = -1;
    bool recorded_pace = false;
    std::size_t most = 1;
};

int run_replay(const replay_options& options) {
    if (std::filesystem::is_directory(options.file)) {
        std::fprintf(stderr, "cihost-sim: %s is a folder\n", options.file.c_str());
        return usage;
    }
    std::ifstream file(options.file, std::ios::binary);
    const bytes data(std::istreambuf_iterator<char>(file), {});
    if (!file.is_open() || file.bad()) {
        std::fprintf(stderr, "cihost-sim: cannot read %s: %s\n", options.file.c_str(),
                     std::strerror(errno));
        return usage;
    }
    std::string why;
    const auto what = read_recording(data, options.slot, why);
    if (!why.empty()) {
        std::fprintf(stderr, "cihost-sim: %s cannot be played: %s\n", options.file.c_str(),
                     why.c_str());
        return usage;
    }
    const auto report = replay(what, {.recorded_pace = options.recorded_pace});
    std::fputs(report_text(what, report, options.most).c_str(), stdout);
    return report.differences.empty() ? success : failure;
}

} // namespace

void add_replay_command(CLI::App& program, action& chosen) {
    auto* command = program.add_subcommand(
        "replay", "Play the module of a recorded conversation to the host stack");
    const auto options = std::make_shared<replay_options>();
    command
        ->add_option("file", options->file,
                     "A pcapng file with DVB-CI packets, as 'cihost trace' and Wireshark make them")
        ->required();
    command->add_option("--slot", options->slot,
                        "Which interface of the file (default: the first that says something)");
    command->add_flag("--recorded-pace", options->recorded_pace,
                      "The module answers as late as it did; time is simulated all the same. "
                      "Default: as fast as the conversation goes");
    command->add_option("--show", options->most, "How many differences to show (default 1)");
    command->footer(
        "The module says what it said, once the host has said what came before; what the host "
        "says\n"
        "is compared with what the recorded one said. Numbers of sessions, the number and order "
        "of\n"
        "polls, dates, and the order of messages of different sessions do not matter. For each\n"
        "CA_PMT the policy is given the PMT that it implies, and decides anew; a query is handed "
        "to\n"
        "the stack as it is.\n"
        "\n"
        "Example:\n"
        "  cihost trace start /tmp/cam.pcapng --from-start && sleep 60 && cihost trace stop\n"
        "  cihost-sim replay /tmp/cam.pcapng --show 10\n"
        "\n"
        "Exit status: 0 no difference that matters, 1 there are some, 2 wrong usage or a file "
        "that\n"
        "cannot be played.");
    command->callback([&chosen, options] { chosen = [options] { return run_replay(*options); }; });
}

} // namespace cihost::sim
