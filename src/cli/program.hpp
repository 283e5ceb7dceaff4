// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "cli/command_line.hpp"
#include "cli/terminal.hpp"

#include <span>
#include <string>

namespace cihost::cli {

/// The whole command line tool but for its main(). `arguments` without the program's name.
exit_status run(std::span<const std::string> arguments, const terminal& t);

} // namespace cihost::cli
