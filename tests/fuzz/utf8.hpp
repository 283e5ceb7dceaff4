// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string_view>

namespace cihost::fuzz {

/// Unicode 15, table 3-7: no surrogates, nothing longer than needed.
inline bool is_utf8(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
        const auto at = [&](std::size_t n) {
            return i + n < text.size() ? static_cast<std::uint8_t>(text[i + n]) : std::uint8_t{0};
        };
        const auto follows = [&](std::size_t n) { return (at(n) & 0xC0) == 0x80; };
        const auto first = at(0);
        if (first < 0x80)
            i += 1;
        else if (first >= 0xC2 && first <= 0xDF && follows(1))
            i += 2;
        else if ((first & 0xF0) == 0xE0 && follows(1) && follows(2) &&
                 !(first == 0xE0 && at(1) < 0xA0) && !(first == 0xED && at(1) > 0x9F))
            i += 3;
        else if (first >= 0xF0 && first <= 0xF4 && follows(1) && follows(2) && follows(3) &&
                 !(first == 0xF0 && at(1) < 0x90) && !(first == 0xF4 && at(1) > 0x8F))
            i += 4;
        else
            return false;
    }
    return true;
}

} // namespace cihost::fuzz
