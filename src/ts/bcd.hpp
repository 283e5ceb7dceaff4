// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>

namespace cihost::ts {

/// Two BCD digits; nothing when one is above 9.
inline std::optional<int> from_bcd(std::uint8_t byte) noexcept {
    const int high = byte >> 4;
    const int low = byte & 15;
    if (high > 9 || low > 9)
        return std::nullopt;
    return high * 10 + low;
}

/// 0 to 99.
inline std::uint8_t to_bcd(int value) noexcept {
    return static_cast<std::uint8_t>(value / 10 << 4 | value % 10);
}

} // namespace cihost::ts
