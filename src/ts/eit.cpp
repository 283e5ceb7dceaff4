// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ts/bcd.hpp"
#include "ts/descriptor_loop.hpp"
#include "ts/dvb_text.hpp"

#include <cihost/ts/eit.hpp>
#include <cihost/ts/time_table.hpp>

#include <algorithm>
#include <utility>

namespace cihost::ts {
namespace {

constexpr std::uint8_t eit_pf_actual = 0x4E;
constexpr std::uint8_t eit_pf_other = 0x4F;
constexpr std::uint8_t tag_short_event = 0x4D;

/// 0 when undefined (all ones) or not BCD.
std::chrono::seconds read_duration(cursor& c) {
    const auto hours = from_bcd(c.u8());
    const auto minutes = from_bcd(c.u8());
    const auto seconds = from_bcd(c.u8());
    if (!hours || !minutes || !seconds)
        return {};
    return std::chrono::hours{*hours} + std::chrono::minutes{*minutes} +
           std::chrono::seconds{*seconds};
}

void read_short_event(const descriptor& d, eit::event& event) {
    cursor c{d.body};
    c.skip(3); // language
    const auto title = c.take(c.u8());
    const auto text = c.take(c.u8());
    if (!c.ok())
        return;
    event.title = dvb_text(title);
    event.text = dvb_text(text);
}

} // namespace

result<eit> parse_eit_present_following(const section_view& section) {
    const auto id = section.table_id();
    if (id != eit_pf_actual && id != eit_pf_other)
        return errc::wrong_tag;
    if (!section.long_form())
        return errc::bad_value;
    eit table;
    table.actual = id == eit_pf_actual;
    table.service_id = section.table_id_extension();
    table.version = section.version();
    table.section_number = section.section_number();
    cursor c{section.payload()};
    table.transport_stream_id = c.u16();
    table.original_network_id = c.u16();
    c.skip(2); // segment_last_section_number, last_table_id
    if (!c.ok())
        return errc::truncated;
    while (!c.empty()) {
        eit::event event;
        event.event_id = c.u16();
        event.start = from_mjd_bcd(c.u40());
        event.length = read_duration(c);
        const auto flags = c.u16();
        event.running_status = static_cast<std::uint8_t>(flags >> 13);
        event.free_ca_mode = (flags & 0x1000) != 0;
        const auto loop = parse_descriptors(c, flags & 0x0FFFU);
        if (!loop)
            return loop.error();
        // one a language; the first is the broadcaster's own
        const auto text = std::ranges::find(*loop, tag_short_event, &descriptor::tag);
        if (text != loop->end())
            read_short_event(*text, event);
        table.events.push_back(std::move(event));
    }
    return table;
}

} // namespace cihost::ts
