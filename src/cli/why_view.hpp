// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "cli/style.hpp"

#include <boost/json/value.hpp>

#include <string>

namespace cihost::cli {

/// `why`: the sentence, what to do, and the evidence.
std::string why_text(const boost::json::value& why, const style& s);
/// A viewer has a picture.
bool found_clear(const boost::json::value& why);

} // namespace cihost::cli
