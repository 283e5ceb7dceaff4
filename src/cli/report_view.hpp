// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "cli/style.hpp"

#include <boost/json/value.hpp>

#include <string>

/// The daemon's answers as text for people; CONTROL.md describes what comes in.
namespace cihost::cli {

/// `status`: one screen.
std::string status_text(const boost::json::value& status, const style& s);
/// `plan`: one line a wish.
std::string plan_text(const boost::json::value& plan, const style& s);
bool somebody_left_out(const boost::json::value& plan);
/// `record.list`.
std::string recordings_text(const boost::json::value& recordings, const style& s);
/// One recording in one line without a newline, for progress and for its end.
std::string recording_line(const boost::json::value& recording, const style& s);

} // namespace cihost::cli
