// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "cli/command_line.hpp"
#include "cli/control_client.hpp"
#include "cli/terminal.hpp"

namespace cihost::cli {

/// `cihost services`.
exit_status services(control_client& daemon, const services_command& what, bool json,
                     const terminal& t);

} // namespace cihost::cli
