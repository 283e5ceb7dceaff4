// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ts/service_si.hpp"

#include "base/cursor.hpp"
#include "base/writer.hpp"
#include "ts/section_builder.hpp"

#include <cihost/ts/descriptor.hpp>

namespace cihost::ts {
namespace {

constexpr std::uint8_t table_sdt_actual = 0x42;
constexpr std::uint8_t tag_ca_identifier = 0x53;
/// In the two bytes of running_status, free_CA_mode and descriptors_loop_length.
constexpr unsigned running_status_bits = 0xE000;
constexpr unsigned loop_length_bits = 0x0FFF;

/// The descriptors as they are, without those about CA. Nothing when one is cut off.
std::optional<bytes> without_ca(bytes_view loop) {
    writer kept;
    cursor c{loop};
    while (!c.empty()) {
        const auto tag = c.u8();
        const auto length = c.u8();
        const auto body = c.take(length);
        if (!c.ok())
            return std::nullopt;
        if (tag != tag_ca_identifier)
            kept.u8(tag).u8(length).raw(body);
    }
    return kept.take();
}

/// Copies status and descriptors of a service or event, the bits set as for clear content.
bool copy_in_clear(cursor& from, writer& to) {
    const auto flags = from.u16();
    const auto loop = from.take(flags & loop_length_bits);
    if (!from.ok())
        return false;
    const auto kept = without_ca(loop);
    if (!kept)
        return false;
    to.u16((flags & running_status_bits) | static_cast<unsigned>(kept->size())).raw(*kept);
    return true;
}

} // namespace

std::optional<bytes> sdt_in_clear(std::span<const bytes> sections, std::uint16_t service_id) {
    for (const auto& data : sections) {
        const auto section = section_view::parse(data);
        if (!section || section->table_id() != table_sdt_actual || !section->long_form())
            continue;
        cursor c{section->payload()};
        writer out;
        out.u16(c.u16()).u8(c.u8()); // original_network_id, reserved
        while (!c.empty()) {
            const auto id = c.u16();
            const auto eit_flags = c.u8();
            writer entry;
            entry.u16(id).u8(eit_flags);
            if (!copy_in_clear(c, entry))
                break;
            if (id != service_id)
                continue;
            out.raw(entry.view());
            auto built = build_section({.table_id = table_sdt_actual,
                                        .table_id_extension = section->table_id_extension(),
                                        .version = section->version()},
                                       out.view());
            return built ? std::optional{std::move(*built)} : std::nullopt;
        }
    }
    return std::nullopt;
}

std::optional<bytes> eit_in_clear(const section_view& section) {
    if (!section.long_form())
        return std::nullopt;
    cursor c{section.payload()};
    writer out;
    out.u16(c.u16()).u16(c.u16()); // transport_stream_id, original_network_id
    out.u8(c.u8()).u8(c.u8());     // segment_last_section_number, last_table_id
    while (!c.empty()) {
        out.u16(c.u16()).u40(c.u40()).u24(c.u24()); // event_id, start_time, duration
        if (!copy_in_clear(c, out))
            return std::nullopt;
    }
    if (!c.ok())
        return std::nullopt;
    auto built = build_section({.table_id = section.table_id(),
                                .table_id_extension = section.table_id_extension(),
                                .version = section.version(),
                                .section_number = section.section_number(),
                                .last_section_number = section.last_section_number()},
                               out.view());
    return built ? std::optional{std::move(*built)} : std::nullopt;
}

} // namespace cihost::ts
