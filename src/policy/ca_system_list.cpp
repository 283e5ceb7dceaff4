// SPDX-License-Identifier: LGPL-2.1-or-later
#include "policy/ca_system_list.hpp"

#include "base/suggestion.hpp"

#include <cihost/ts/ca_descriptor.hpp>

#include <array>
#include <cstddef>
#include <cstdio>

namespace cihost::policy {

std::string list_ca_systems(const std::vector<std::uint16_t>& ids) {
    constexpr std::size_t most = 12;
    std::vector<std::string> parts;
    for (const auto id : ids) {
        std::array<char, 5> hex{};
        std::snprintf(hex.data(), hex.size(), "%04X", static_cast<unsigned>(id));
        const std::string name = ts::ca_system_name(id);
        parts.push_back(hex.data() + (name.empty() ? "" : " (" + name + ")"));
    }
    return parts.empty() ? "none" : join(parts, most);
}

} // namespace cihost::policy
