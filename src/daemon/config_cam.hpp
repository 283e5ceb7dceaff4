// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "daemon/cam_config.hpp"
#include "daemon/config_reader.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace cihost::daemon {

/// Reads [cam].
void read_cam(config_reader& r, cam_config& value);

/// Reads the name of a known CAM profile.
std::optional<std::string> read_cam_profile(config_reader& r, std::string_view key);

} // namespace cihost::daemon
