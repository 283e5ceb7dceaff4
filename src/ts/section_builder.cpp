// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ts/section_builder.hpp"

#include "base/crc32.hpp"
#include "base/writer.hpp"

#include <cihost/ts/section.hpp>

namespace cihost::ts {

result<bytes> build_section(const section_header& header, bytes_view payload) {
    constexpr std::size_t before_length = 3;
    constexpr std::size_t after_length = 5 + 4; // rest of the header, CRC_32
    const auto length = payload.size() + after_length;
    if (before_length + length > max_section_size)
        return errc::too_large;
    // Behind section_syntax_indicator the tables of MPEG have a 0, those of DVB a reserved 1.
    const unsigned flags = header.table_id < 0x40 ? 0xB000 : 0xF000;
    writer out;
    out.u8(header.table_id).u16(flags | static_cast<unsigned>(length));
    out.u16(header.table_id_extension);
    out.u8(0xC0U | (header.version & 0x1FU) << 1 | (header.current_next ? 1U : 0U));
    out.u8(header.section_number).u8(header.last_section_number).raw(payload);
    out.u32(crc32(out.view()));
    return out.take();
}

} // namespace cihost::ts
