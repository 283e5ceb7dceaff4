// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

namespace cihost::device {

/// The names people write, with their values for modulation_property() in tuning::properties.
const std::array<std::pair<std::string_view, std::uint32_t>, 9>& modulations() noexcept;
std::uint32_t modulation_property() noexcept;

} // namespace cihost::device
