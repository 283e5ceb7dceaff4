// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "cli/json_view.hpp"
#include "cli/style.hpp"

#include <string>

namespace cihost::cli {

/// A menu as CONTROL.md has it, on several lines: its choices with their numbers.
std::string menu_text(json_view menu, const style& s);
/// What is to be typed: "Choice (1 to 3, 0: back): ".
std::string menu_prompt(json_view menu);

} // namespace cihost::cli
