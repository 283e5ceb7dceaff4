// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/bytes.hpp>
#include <cihost/error.hpp>

#include <cstddef>
#include <cstdint>

namespace cihost::ts {

/// What a long-form section says in front of its payload (ISO/IEC 13818-1 §2.4.4).
struct section_header {
    std::uint8_t table_id = 0;
    std::uint16_t table_id_extension = 0;
    std::uint8_t version = 0;
    std::uint8_t section_number = 0;
    std::uint8_t last_section_number = 0;
    bool current_next = true;
};

/// Largest section of PAT, CAT, PMT, NIT, BAT and SDT: a section_length of 1021.
inline constexpr std::size_t max_psi_section_size = 1024;

/// The whole section with section_length and CRC_32. errc::too_large beyond max_section_size.
result<bytes> build_section(const section_header& header, bytes_view payload);

} // namespace cihost::ts
