// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "daemon/config.hpp"
#include "policy/cam_profile_set.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace cihost::daemon {

/// Adds the profiles of a text like profiles.toml. Nothing is added if there is a problem.
void parse_cam_profiles(std::string_view text, const std::string& file,
                        policy::cam_profile_set& onto, std::vector<config_problem>& problems);

/// The profiles that come with cihost.
struct loaded_profiles {
    policy::cam_profile_set set;
    /// For people: the file, or that they are built in.
    std::string source;
    /// Why the installed file was not used though it is there; empty: it was, or is not there.
    std::string remark;
};
/// From `file`, or, if that is not there or wrong, the copy that was built in.
loaded_profiles load_shipped_profiles(const std::filesystem::path& file);
/// Where they are installed, seen from this program.
std::filesystem::path installed_profiles_file();

/// The text that was built in, and where it is installed.
std::string_view built_in_profiles();
std::string_view data_folder_from_program();

} // namespace cihost::daemon
