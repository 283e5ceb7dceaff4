// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "policy/cam_profile_set.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cihost::daemon {

struct cam_key;

/// What a configuration says of the modules.
struct cam_config {
    /// The name of a known profile for all of them; nothing: each gets the one that fits it.
    std::optional<std::string> profile;
    /// Single values over those of the profile, whichever it is; see cam_keys.hpp.
    std::vector<std::pair<const cam_key*, std::int64_t>> values;

    /// Null: those built in.
    std::shared_ptr<const policy::cam_profile_set> known;
    /// For people: where they came from, and why not from where they should.
    std::string profiles_from;
    std::string profiles_remark;

    /// Whether what is learned of modules is used, and kept: in this file.
    bool learn = true;
    std::filesystem::path memory;

    const policy::cam_profile_set& profiles() const;
};

/// What the modules of a receiver are dealt with by, if nothing is known of them; `own` is the
/// profile that the receiver names for itself. Both names are known ones.
policy::cam_profile cam_profile_of(const cam_config& common, const std::optional<std::string>& own);

/// Lines for people; empty when nothing was set.
std::string describe(const cam_config& value);

} // namespace cihost::daemon
