// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace cihost {

/// Safe on a terminal: service names come off the air, menu texts from a CAM, and a process calls
/// itself what it likes; each may hold escape sequences. Control characters (C0, DEL, and C1 in
/// UTF-8) become '?'.
std::string printable(std::string_view text);

/// Columns on a terminal, counting each code point as one.
std::size_t width(std::string_view text) noexcept;

} // namespace cihost
