// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/bytes.hpp>

#include <cstdint>

namespace cihost {

/// CRC_32 of ISO/IEC 13818-1 annex A: polynomial 04C11DB7, initial FFFFFFFF, not reflected, no
/// final xor. Over a section with its CRC_32 field it gives 0.
std::uint32_t crc32(bytes_view data) noexcept;

} // namespace cihost
