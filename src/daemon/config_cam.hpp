// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "daemon/cam_config.hpp"
#include "daemon/config_reader.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace cihost::daemon {

/// The profiles that come with cihost, and the user's on top: what [cam] profiles names, else
/// profiles.toml in `folder`, if it is there.
void read_cam_profiles(const toml::table& root, const std::filesystem::path& folder,
                       config_outcome& out);

/// Reads [cam]; the profiles are there already.
void read_cam(config_reader& r, const std::filesystem::path& folder, cam_config& value);

/// Reads the name of a known CAM profile.
std::optional<std::string> read_cam_profile(config_reader& r, std::string_view key,
                                            const cam_config& cam);

} // namespace cihost::daemon
