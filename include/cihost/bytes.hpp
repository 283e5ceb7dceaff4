// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace cihost {

/// Borrowed bytes. A view passed to a function or returned from one dies with the next call on
/// the object it came from.
using bytes_view = std::span<const std::uint8_t>;

/// Owned bytes.
using bytes = std::vector<std::uint8_t>;

} // namespace cihost
