// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>

namespace cihost::ts {

/// The tables of EN 300 468 annex A whose characters take two bytes, both with bit 7 set but for
/// Big5's second; other bytes stand for themselves. Characters are Unicode; 0 is none.

char16_t from_ks_x_1001(std::uint8_t lead, std::uint8_t trail) noexcept;
char16_t from_gb_2312(std::uint8_t lead, std::uint8_t trail) noexcept;
char16_t from_big5(std::uint8_t lead, std::uint8_t trail) noexcept;

} // namespace cihost::ts
