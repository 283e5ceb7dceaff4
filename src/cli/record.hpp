// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "cli/command_line.hpp"
#include "cli/control_client.hpp"
#include "cli/terminal.hpp"

#include <boost/json/value.hpp>

#include <string>

namespace cihost::cli {

/// How long a recording or a trace may take to reach the disk at its end.
inline constexpr std::chrono::seconds disk_patience{60};

/// A program number if it is all digits, else a name, as the daemon takes it.
boost::json::value service_param(const std::string& service);

/// `cihost record SERVICE`: from start to final report.
exit_status record(control_client& daemon, const record_command& what, bool json,
                   const terminal& t);

} // namespace cihost::cli
