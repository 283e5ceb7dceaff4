// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string_view>

namespace cihost::ts {

/// The one-byte character tables of EN 300 468 annex A. Characters are Unicode; 0 is none.

/// Parts 1 to 11 and 13 to 15 of ISO/IEC 8859.
bool has_iso_8859(int part) noexcept;
char16_t from_iso_8859(int part, std::uint8_t code) noexcept;

/// A character that stands alone; see is_mark() for those that do not.
char16_t from_iso_6937(std::uint8_t code) noexcept;
/// A diacritical mark, written in front of the letter that it belongs to.
bool is_mark(std::uint8_t code) noexcept;

struct marked_letter {
    char16_t letter = 0;
    /// Goes behind the letter where Unicode has no single character for both; else 0.
    char16_t combining = 0;
};
/// letter is ASCII; with a space the mark stands by itself.
marked_letter compose(std::uint8_t mark, std::uint8_t letter) noexcept;

} // namespace cihost::ts
