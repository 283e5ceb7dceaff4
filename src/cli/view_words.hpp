// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "cli/json_view.hpp"
#include "cli/style.hpp"

#include <string>
#include <string_view>

/// What several views say alike.
namespace cihost::cli {

/// A state of a receiver, CAM, service or recording.
std::string coloured_state(const std::string& state, const style& s);
/// "0500 Viaccess, 0B00"; "none known".
std::string ca_systems(json_view ids);
/// Upper and lower case alike, ASCII only.
bool alike(std::string_view a, std::string_view b) noexcept;
/// `part` stands in `text`, in upper or lower case.
bool contains(std::string_view text, std::string_view part);

} // namespace cihost::cli
