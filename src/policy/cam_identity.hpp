// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/en50221/application_info.hpp>

#include <compare>
#include <cstdint>
#include <string>

namespace cihost::policy {

/// Which kind of module: what its application_info says, EN 50221 §8.4.2.2. It holds no serial
/// number, so two modules of one kind and version are one.
struct cam_identity {
    std::uint16_t manufacturer = 0;
    std::uint16_t code = 0;
    /// menu_string in UTF-8.
    std::string name;

    friend auto operator<=>(const cam_identity&, const cam_identity&) = default;
};

inline cam_identity identity_of(const en50221::application_info& info) {
    return {info.manufacturer, info.manufacturer_code, info.menu_string};
}

} // namespace cihost::policy
