// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ts/descriptor_loop.hpp"
#include "ts/dvb_text.hpp"

#include <cihost/ts/sdt.hpp>

#include <utility>

namespace cihost::ts {
namespace {

constexpr std::uint8_t sdt_actual = 0x42;
constexpr std::uint8_t sdt_other = 0x46;
constexpr std::uint8_t tag_service = 0x48;

void read_service_descriptor(const descriptor& d, sdt::service& service) {
    cursor c{d.body};
    const auto type = c.u8();
    const auto provider = c.take(c.u8());
    const auto name = c.take(c.u8());
    if (!c.ok())
        return;
    service.service_type = type;
    service.provider_name = dvb_text(provider);
    service.service_name = dvb_text(name);
}

} // namespace

result<sdt> parse_sdt(const section_view& section) {
    const auto id = section.table_id();
    if (id != sdt_actual && id != sdt_other)
        return errc::wrong_tag;
    if (!section.long_form())
        return errc::bad_value;
    sdt table;
    table.actual = id == sdt_actual;
    table.transport_stream_id = section.table_id_extension();
    table.version = section.version();
    cursor c{section.payload()};
    table.original_network_id = c.u16();
    c.u8(); // reserved
    if (!c.ok())
        return errc::truncated;
    while (!c.empty()) {
        sdt::service service;
        service.service_id = c.u16();
        c.u8(); // EIT flags
        const auto flags = c.u16();
        service.running_status = static_cast<std::uint8_t>(flags >> 13);
        service.free_ca_mode = (flags & 0x1000) != 0;
        const auto loop = parse_descriptors(c, flags & 0x0FFFU);
        if (!loop)
            return loop.error();
        for (const auto& d : *loop)
            if (d.tag == tag_service)
                read_service_descriptor(d, service);
        table.services.push_back(std::move(service));
    }
    return table;
}

} // namespace cihost::ts
