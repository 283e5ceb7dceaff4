// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "cli/command_line.hpp"
#include "cli/terminal.hpp"

#include <filesystem>

namespace cihost::cli {

/// `cihost version`: ours, and the daemon's if there is one.
exit_status show_versions(const std::filesystem::path& socket, bool json, const terminal& t);

} // namespace cihost::cli
