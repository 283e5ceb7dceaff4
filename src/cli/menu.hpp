// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "cli/cam_menu.hpp"
#include "cli/command_line.hpp"
#include "cli/control_client.hpp"
#include "cli/terminal.hpp"

namespace cihost::cli {

/// `cihost menu`.
exit_status menu(control_client& daemon, const menu_command& what, bool json, const terminal& t);

/// A person walks through what the module shows, until it shows nothing any more, or Ctrl-C.
exit_status walk_menu(control_client& daemon, cam_menu& cam, const terminal& t);

} // namespace cihost::cli
