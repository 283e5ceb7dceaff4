// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/error.hpp>
#include <cihost/ts/section.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

namespace cihost::ts {

/// TDT (table_id 70, no CRC_32) or TOT (table_id 73), EN 300 468 §5.2.5 and §5.2.6, PID 0014.
struct time_table {
    /// local_time_offset_descriptor (tag 58), one entry a country region.
    struct local_offset {
        std::array<char, 3> country{};
        std::uint8_t region = 0;
        /// Positive east of Greenwich.
        std::chrono::minutes offset{0};

        friend bool operator==(const local_offset&, const local_offset&) = default;
    };

    std::chrono::sys_seconds utc;
    std::vector<local_offset> offsets;

    friend bool operator==(const time_table&, const time_table&) = default;
};

/// errc::bad_value when the time is not BCD.
result<time_table> parse_time_table(const section_view& section);

/// UTC_time40: 16-bit MJD, then six BCD digits (EN 300 468 annex C).
std::optional<std::chrono::sys_seconds> from_mjd_bcd(std::uint64_t value) noexcept;
std::uint64_t to_mjd_bcd(std::chrono::sys_seconds time) noexcept;

} // namespace cihost::ts
