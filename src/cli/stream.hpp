// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "cli/command_line.hpp"
#include "cli/control_client.hpp"
#include "cli/terminal.hpp"

namespace cihost::cli {

/// `cihost stream SERVICE [--receiver NAME]`: the transport stream of a service to a descriptor,
/// until its reader leaves, or the stream ends.
exit_status stream(control_client& daemon, const stream_command& what, const terminal& t,
                   int output);

} // namespace cihost::cli
