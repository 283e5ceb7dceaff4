// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/bytes.hpp>
#include <cihost/error.hpp>
#include <cihost/ts/descriptor.hpp>
#include <cihost/ts/packet.hpp>
#include <cihost/ts/section.hpp>

#include <cstdint>
#include <vector>

namespace cihost::ts {

/// TS program map section, ISO/IEC 13818-1 §2.4.4.8, table_id 02.
struct pmt {
    struct stream {
        std::uint8_t stream_type = 0;
        pid_t elementary_pid = pid_null;
        descriptor_list descriptors;

        friend bool operator==(const stream&, const stream&) = default;
    };

    std::uint16_t program_number = 0;
    std::uint8_t version = 0;
    pid_t pcr_pid = pid_null;
    descriptor_list program_info;
    std::vector<stream> streams;

    friend bool operator==(const pmt&, const pmt&) = default;
};

result<pmt> parse_pmt(const section_view& section);

/// The whole section with CRC_32, current_next_indicator 1. The inverse of parse_pmt.
/// errc::too_large when it does not fit 1024 bytes.
result<bytes> serialize(const pmt& table);

/// Does a CA descriptor stand at either level?
bool has_ca_descriptors(const pmt& table);

/// Does a stream_type mean PES packets (ISO/IEC 13818-1 table 2-34)? Otherwise its packets carry
/// sections of some kind.
bool carries_pes(std::uint8_t stream_type) noexcept;

enum class stream_kind { video, audio, subtitle, teletext, other };
/// What a stream is, by stream_type and, for private PES (06), by its descriptors
/// (EN 300 468: AC-3 6A, E-AC-3 7A, DTS 7B, AAC 7C, subtitling 59, teletext 56, AC-4/DTS-HD by 7F).
stream_kind kind_of(const pmt::stream& s) noexcept;

} // namespace cihost::ts
