// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "cli/command_line.hpp"
#include "cli/style.hpp"

#include <cihost/log_record.hpp>

#include <boost/json/value.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace cihost::cli {

/// "debug", "info", "warning" or "error".
std::optional<severity> log_level(std::string_view word) noexcept;
/// One line of the daemon's log, with a newline.
std::string log_line_text(const boost::json::value& line, const style& s);
/// Whether it is one of those asked for.
bool is_wanted(const boost::json::value& line, const log_command& what);
/// `log.levels`.
std::string log_levels_text(const boost::json::value& levels);

} // namespace cihost::cli
