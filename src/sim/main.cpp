// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/suggestion.hpp"
#include "sim/commands/commands.hpp"

#include <cihost/version.hpp>

#include <CLI/CLI.hpp>

#include <cstdio>
#include <exception>
#include <string>
#include <vector>

int main(int argc, char** argv) {
    using namespace cihost;

    CLI::App program{"A virtual DVB receiver with a CI slot: a head-end that scrambles a clear "
                     "transport stream, a tuner that receives it, and a simulated CAM in its path.",
                     "cihost-sim"};
    program.set_version_flag("--version", "cihost-sim " + std::string(version()));
    program.require_subcommand(1);
    program.footer("Examples:\n"
                   "  cihost-sim services multiplex.ts      what the head-end would do\n"
                   "  cihost-sim run multiplex.ts           play it until Ctrl-C\n"
                   "  cihost-sim ctl eject                  pull the CAM out meanwhile\n"
                   "\n"
                   "Exit status: 0 done, 1 refused or failed, 2 wrong usage, 3 no receiver runs.");

    sim::action chosen;
    sim::add_run_command(program, chosen);
    sim::add_ctl_command(program, chosen);
    sim::add_services_command(program, chosen);
    sim::add_verify_command(program, chosen);
    sim::add_replay_command(program, chosen);
    try {
        program.parse(argc, argv);
        return chosen();
    } catch (const CLI::ParseError& error) {
        // CLI11 only says that a command is required
        std::vector<std::string> names;
        for (const auto* command : program.get_subcommands({}))
            names.push_back(command->get_name());
        if (argc > 1)
            if (const auto sentence = unknown_command(argv[1], names)) {
                std::fprintf(stderr, "cihost-sim: %s\nRun with --help for more information.\n",
                             sentence->c_str());
                return sim::usage;
            }
        return program.exit(error) == 0 ? sim::success : sim::usage;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "cihost-sim: %s\n", error.what());
        return sim::failure;
    }
}
