// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/writer.hpp"
#include "ts/descriptor_loop.hpp"
#include "ts/section_builder.hpp"

#include <cihost/ts/ca_descriptor.hpp>
#include <cihost/ts/pmt.hpp>

#include <algorithm>
#include <utility>

namespace cihost::ts {
namespace {

constexpr std::uint8_t table_id_pmt = 0x02;
constexpr std::uint8_t private_pes = 0x06;

bool append(writer& out, const descriptor_list& loop) {
    writer body;
    for (const auto& d : loop) {
        if (d.body.size() > 0xFF)
            return false;
        body.u8(d.tag).u8(static_cast<unsigned>(d.body.size())).raw(d.body);
    }
    if (body.size() > max_psi_section_size)
        return false;
    out.length12(body.size()).raw(body.view());
    return true;
}

stream_kind kind_of_descriptor(const descriptor& d) noexcept {
    switch (d.tag) {
    case 0x6A: // AC-3
    case 0x7A: // enhanced AC-3
    case 0x7B: // DTS
    case 0x7C: // AAC
        return stream_kind::audio;
    case 0x59:
        return stream_kind::subtitle;
    case 0x46: // VBI teletext
    case 0x56:
        return stream_kind::teletext;
    case 0x7F: { // extension
        const auto extension = d.body.empty() ? 0 : d.body[0];
        const bool dts_hd = extension == 0x0E;
        const bool ac_4 = extension == 0x15;
        const bool dts_uhd = extension == 0x21;
        return dts_hd || ac_4 || dts_uhd ? stream_kind::audio : stream_kind::other;
    }
    default:
        return stream_kind::other;
    }
}

} // namespace

result<pmt> parse_pmt(const section_view& section) {
    if (section.table_id() != table_id_pmt)
        return errc::wrong_tag;
    if (!section.long_form())
        return errc::bad_value;
    pmt table;
    table.program_number = section.table_id_extension();
    table.version = section.version();
    cursor c{section.payload()};
    table.pcr_pid = c.pid();
    auto program_info = parse_descriptors(c, c.length12());
    if (!program_info)
        return program_info.error();
    table.program_info = std::move(*program_info);
    while (!c.empty()) {
        pmt::stream s;
        s.stream_type = c.u8();
        s.elementary_pid = c.pid();
        auto info = parse_descriptors(c, c.length12());
        if (!info)
            return info.error();
        s.descriptors = std::move(*info);
        table.streams.push_back(std::move(s));
    }
    return table;
}

result<bytes> serialize(const pmt& table) {
    writer body;
    body.pid(table.pcr_pid);
    if (!append(body, table.program_info))
        return errc::too_large;
    for (const auto& s : table.streams) {
        body.u8(s.stream_type).pid(s.elementary_pid);
        if (!append(body, s.descriptors))
            return errc::too_large;
    }
    auto section = build_section({.table_id = table_id_pmt,
                                  .table_id_extension = table.program_number,
                                  .version = table.version},
                                 body.view());
    if (section && section->size() > max_psi_section_size)
        return errc::too_large;
    return section;
}

bool has_ca_descriptors(const pmt& table) {
    const auto has = [](const descriptor_list& loop) { return !ca_descriptors(loop).empty(); };
    return has(table.program_info) ||
           std::ranges::any_of(table.streams, has, &pmt::stream::descriptors);
}

bool carries_pes(std::uint8_t stream_type) noexcept {
    switch (stream_type) { // ISO/IEC 13818-1 table 2-34: sections of some kind
    case 0x05:             // private sections
    case 0x08:             // DSM-CC
    case 0x0A:
    case 0x0B:
    case 0x0C:
    case 0x0D:
    case 0x13: // ISO/IEC 14496-1 in sections
    case 0x14: // synchronised download
    case 0x16: // metadata in sections
    case 0x17:
    case 0x18:
    case 0x86: // SCTE 35 splice information
        return false;
    default:
        return stream_type != 0;
    }
}

stream_kind kind_of(const pmt::stream& s) noexcept {
    switch (s.stream_type) {
    case 0x01: // MPEG-1
    case 0x02: // MPEG-2
    case 0x10: // MPEG-4 part 2
    case 0x1B: // H.264, and its depth, scalable and multiview parts
    case 0x1E:
    case 0x1F:
    case 0x20:
    case 0x21: // JPEG 2000
    case 0x24: // H.265 and its parts
    case 0x25:
    case 0x28:
    case 0x29:
    case 0x2A:
    case 0x2B:
    case 0x33: // H.266
    case 0x34:
    case 0x42: // AVS
    case 0xD1: // Dirac
    case 0xEA: // VC-1
        return stream_kind::video;
    case 0x03: // MPEG-1
    case 0x04: // MPEG-2
    case 0x0F: // AAC, ADTS
    case 0x11: // AAC, LATM
    case 0x1C: // MPEG-4, raw
    case 0x2D: // MPEG-H 3D
    case 0x2E:
    case 0x81: // AC-3 outside DVB
    case 0x87: // enhanced AC-3 outside DVB
        return stream_kind::audio;
    case private_pes:
        for (const auto& d : s.descriptors)
            if (const auto kind = kind_of_descriptor(d); kind != stream_kind::other)
                return kind;
        return stream_kind::other;
    default:
        return stream_kind::other;
    }
}

} // namespace cihost::ts
