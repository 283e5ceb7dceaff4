// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/error.hpp>
#include <cihost/ts/packet.hpp>
#include <cihost/ts/section.hpp>

#include <cstdint>
#include <vector>

namespace cihost::ts {

/// Program association section, ISO/IEC 13818-1 §2.4.4.3, table_id 00 on PID 0000.
struct pat {
    struct program {
        std::uint16_t program_number = 0;
        pid_t pmt_pid = pid_null;

        friend bool operator==(const program&, const program&) = default;
    };

    std::uint16_t transport_stream_id = 0;
    std::uint8_t version = 0;
    /// Without the network entry (program_number 0).
    std::vector<program> programs;

    friend bool operator==(const pat&, const pat&) = default;
};

/// One section's worth; a PAT of several sections is joined by table_collector.
result<pat> parse_pat(const section_view& section);

} // namespace cihost::ts
