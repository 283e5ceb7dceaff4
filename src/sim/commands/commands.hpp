// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace cihost::sim {

/// Exit statuses, as --help lists them.
enum exit_status { success = 0, failure = 1, usage = 2, not_reachable = 3 };

/// What the chosen command does once the command line is read; gives the exit status.
using action = std::function<int()>;

void add_run_command(CLI::App& program, action& chosen);
void add_ctl_command(CLI::App& program, action& chosen);
void add_services_command(CLI::App& program, action& chosen);
void add_verify_command(CLI::App& program, action& chosen);
void add_replay_command(CLI::App& program, action& chosen);

} // namespace cihost::sim
