// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "cli/command_line.hpp"
#include "cli/control_client.hpp"
#include "cli/terminal.hpp"

namespace cihost::cli {

/// `cihost log`: the latest lines; with --follow until Ctrl-C. With `json` an object a line.
exit_status show_log(control_client& daemon, const log_command& what, bool json, const terminal& t);

} // namespace cihost::cli
