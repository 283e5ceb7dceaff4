// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace cihost::ts {

/// A row of a two-byte character table: U+FFFD where there is no character. 0 for what it has not.
constexpr char16_t character_of(std::u16string_view row, std::size_t column) noexcept {
    return column < row.size() && row[column] != 0xFFFD ? row[column] : char16_t{0};
}

/// Of a table of 94 rows with 94 characters each (ISO 2022), both counted from A1 on.
constexpr char16_t character_of_94(std::span<const std::u16string_view, 94> rows, std::uint8_t lead,
                                   std::uint8_t trail) noexcept {
    if (lead < 0xA1 || lead > 0xFE || trail < 0xA1 || trail > 0xFE)
        return 0;
    return character_of(rows[lead - 0xA1U], trail - 0xA1U);
}

} // namespace cihost::ts
