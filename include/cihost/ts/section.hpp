// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/bytes.hpp>
#include <cihost/error.hpp>

#include <cstddef>
#include <cstdint>

namespace cihost::ts {

/// Largest section: 3 header bytes and a section_length of 4093 (ISO/IEC 13818-1 §2.4.4.11).
inline constexpr std::size_t max_section_size = 4096;

/// One whole section, borrowed: ISO/IEC 13818-1 §2.4.4 header fields and payload.
class section_view {
  public:
    /// Checks sizes, and CRC_32 where the section carries one (long form, and TOT). data is the
    /// section and nothing else. errc::truncated, bad_length, bad_crc.
    static result<section_view> parse(bytes_view data) noexcept;

    std::uint8_t table_id() const noexcept { return data_[0]; }
    /// section_syntax_indicator: the long form with version, numbers and CRC_32. ECM and EMM
    /// sections (80-8F) have the form of ETR 289 whatever their bit says: no CRC_32 of ours.
    bool long_form() const noexcept {
        return (data_[1] & 0x80) != 0 && (table_id() & 0xF0) != 0x80;
    }
    /// The fields below are 0 (current_next: true) in the short form.
    std::uint16_t table_id_extension() const noexcept;
    std::uint8_t version() const noexcept;
    bool current_next() const noexcept;
    std::uint8_t section_number() const noexcept;
    std::uint8_t last_section_number() const noexcept;
    /// Between header (3 or 8 bytes) and CRC_32 (if any).
    bytes_view payload() const noexcept;
    /// The whole section.
    bytes_view data() const noexcept { return data_; }

  private:
    friend class section_assembler; // hands out again what it has checked
    friend class table_collector;

    explicit section_view(bytes_view data) noexcept
        : data_{data} {}
    bytes_view data_;
};

} // namespace cihost::ts
