// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/crc32.hpp"

#include <cihost/ts/section.hpp>

namespace cihost::ts {
namespace {

constexpr std::size_t short_header = 3;
constexpr std::size_t long_header = 8;
constexpr std::size_t crc_size = 4;
/// TOT: short form, and yet with CRC_32 (EN 300 468 §5.2.6).
constexpr std::uint8_t table_id_tot = 0x73;

std::size_t header_size(const section_view& section) noexcept {
    return section.long_form() ? long_header : short_header;
}

std::size_t trailer_size(const section_view& section) noexcept {
    return section.long_form() || section.table_id() == table_id_tot ? crc_size : 0;
}

} // namespace

result<section_view> section_view::parse(bytes_view data) noexcept {
    if (data.size() < short_header)
        return errc::truncated;
    const std::size_t size = short_header + ((data[1] & 0x0FU) << 8 | data[2]);
    if (size > max_section_size)
        return errc::bad_length;
    if (data.size() < size)
        return errc::truncated;
    if (data.size() > size)
        return errc::bad_length;
    const section_view section{data};
    const auto trailer = trailer_size(section);
    if (size < header_size(section) + trailer)
        return errc::bad_length;
    if (trailer != 0 && crc32(data) != 0)
        return errc::bad_crc;
    return section;
}

std::uint16_t section_view::table_id_extension() const noexcept {
    return long_form() ? static_cast<std::uint16_t>(data_[3] << 8 | data_[4]) : std::uint16_t{0};
}

std::uint8_t section_view::version() const noexcept {
    return long_form() ? data_[5] >> 1 & 0x1F : 0;
}

bool section_view::current_next() const noexcept { return !long_form() || (data_[5] & 1) != 0; }

std::uint8_t section_view::section_number() const noexcept { return long_form() ? data_[6] : 0; }

std::uint8_t section_view::last_section_number() const noexcept {
    return long_form() ? data_[7] : 0;
}

bytes_view section_view::payload() const noexcept {
    const auto header = header_size(*this);
    return data_.subspan(header, data_.size() - header - trailer_size(*this));
}

} // namespace cihost::ts
