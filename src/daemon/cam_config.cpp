// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/cam_config.hpp"

#include "daemon/cam_keys.hpp"
#include "daemon/cam_profiles.hpp"

namespace cihost::daemon {

const policy::cam_profile_set& cam_config::profiles() const {
    static const auto built_in = load_shipped_profiles({}).set;
    return known ? *known : built_in;
}

policy::cam_profile cam_profile_of(const cam_config& common,
                                   const std::optional<std::string>& own) {
    const auto& name = own ? own : common.profile;
    const auto* const known = common.profiles().find(name.value_or("default"));
    auto p = known != nullptr ? known->profile : policy::cam_profile{};
    put(common.values, p);
    return p;
}

std::string describe(const cam_config& value) {
    std::string text;
    if (value.profile)
        if (const auto* const known = value.profiles().find(*value.profile))
            text +=
                "CAM profile '" + known->profile.name + "': " + known->profile.description + "\n";
    for (const auto& [key, number] : value.values)
        text += key->describe(number) + "\n";
    return text;
}

} // namespace cihost::daemon
