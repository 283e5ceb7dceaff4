// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "daemon/cam_profiles.hpp"

#include <string_view>

namespace cihost::test {

/// The profiles of src/daemon/profiles.toml.
inline const policy::cam_profile_set& shipped_profiles() {
    static const auto all = daemon::load_shipped_profiles({}).set;
    return all;
}

/// Null: none has that name.
inline const policy::cam_profile* shipped_profile(std::string_view name) {
    const auto* const known = shipped_profiles().find(name);
    return known != nullptr ? &known->profile : nullptr;
}

} // namespace cihost::test
