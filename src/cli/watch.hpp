// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "cli/command_line.hpp"
#include "cli/control_client.hpp"
#include "cli/terminal.hpp"

namespace cihost::cli {

/// `cihost status --watch`, until Ctrl-C: in place on a terminal, else a block (with `json`, a
/// line) for each change.
exit_status watch_status(control_client& daemon, bool json, const terminal& t);

} // namespace cihost::cli
