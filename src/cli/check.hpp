// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "cli/command_line.hpp"
#include "cli/terminal.hpp"

namespace cihost::cli {

/// `cihost check`: has the cihostd that stands beside this program, or else in the PATH, say what
/// it would do. Needs no daemon that runs.
exit_status check(const check_command& what, bool as_json, const terminal& t);

} // namespace cihost::cli
