// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/headend/ca_tables.hpp"

#include "base/crc32.hpp"
#include "base/writer.hpp"
#include "ts/section_builder.hpp"

#include <cihost/ts/time_table.hpp>

#include <algorithm>

namespace cihost::sim {
namespace {

constexpr std::uint8_t table_id_cat = 0x01;
constexpr std::uint8_t table_id_sdt_actual = 0x42;
constexpr unsigned table_id_tdt = 0x70;
constexpr std::uint8_t tag_service = 0x48;
constexpr std::size_t long_header_and_crc = 8 + 4;
/// ETSI TS 101 162: for private temporary use.
constexpr unsigned private_network_id = 0xFF00;
/// Keeps an SDT section of services with short names far below its limit.
constexpr std::size_t services_per_section = 30;

ts::descriptor ca_descriptor_of(const ca_stream& stream) {
    writer body;
    body.u16(stream.ca_system_id).pid(stream.pid);
    return {ts::ca_descriptor::tag, body.take()};
}

void add_ca_descriptors(ts::descriptor_list& loop, const ca_group& group) {
    loop.push_back(ca_descriptor_of(group.ecm));
    for (const auto& other : group.other_ecms)
        loop.push_back(ca_descriptor_of(other));
}

/// EN 300 468 table 87.
unsigned service_type_of(const ts::pmt& pmt) {
    const bool video = std::any_of(pmt.streams.begin(), pmt.streams.end(), [](const auto& s) {
        return ts::kind_of(s) == ts::stream_kind::video;
    });
    return video ? 0x01 : 0x02;
}

} // namespace

ts::pmt announce(const planned_service& service, const ca_group& group, ca_level level,
                 std::uint8_t version) {
    auto pmt = service.pmt;
    pmt.version = version & 0x1F;
    if (level == ca_level::program) {
        add_ca_descriptors(pmt.program_info, group);
        return pmt;
    }
    for (auto& stream : pmt.streams) {
        if (group.scrambled.contains(stream.elementary_pid))
            add_ca_descriptors(stream.descriptors, group);
    }
    return pmt;
}

bytes make_cat(const service_plan& plan, const file_tables& tables) {
    writer loop;
    const auto add = [&](std::uint16_t ca_system_id, ts::pid_t pid, bytes_view private_data) {
        const auto size = 4 + private_data.size();
        if (size > 255 || loop.size() + 2 + size + long_header_and_crc > ts::max_psi_section_size)
            return;
        loop.u8(ts::ca_descriptor::tag).u8(static_cast<unsigned>(size));
        loop.u16(ca_system_id).pid(pid).raw(private_data);
    };
    add(plan.emm.ca_system_id, plan.emm.pid, {});
    for (const auto& other : plan.other_emms)
        add(other.ca_system_id, other.pid, {});
    for (const auto& system : tables.cat)
        add(system.ca_system_id, system.ca_pid, system.private_data);
    const auto version = static_cast<std::uint8_t>((tables.cat_version + 1) & 0x1F);
    // cannot be too large: add() saw to it
    return *ts::build_section({table_id_cat, 0xFFFF, version}, loop.view());
}

std::vector<bytes> make_sdt(const service_plan& plan, std::uint16_t transport_stream_id) {
    std::vector<bytes> sections;
    const auto count = plan.services.size();
    const auto last = static_cast<std::uint8_t>((count - 1) / services_per_section);
    for (std::size_t first = 0; first < count; first += services_per_section) {
        writer payload;
        payload.u16(private_network_id).u8(0xFF);
        for (auto i = first; i < std::min(count, first + services_per_section); ++i) {
            const auto& service = plan.services[i].shown;
            const auto name = bytes(service.name.begin(), service.name.end());
            writer body;
            body.u8(service_type_of(plan.services[i].pmt)).u8(0);
            body.u8(static_cast<unsigned>(name.size())).raw(name);
            writer loop;
            loop.u8(tag_service).u8(static_cast<unsigned>(body.size())).raw(body.view());
            // no EIT; running; free_CA_mode
            payload.u16(service.program_number).u8(0xFC);
            payload.u16(
                static_cast<unsigned>(0x8000 | (service.scrambled ? 0x1000 : 0) | loop.size()));
            payload.raw(loop.view());
        }
        sections.push_back(*ts::build_section({table_id_sdt_actual, transport_stream_id, 0,
                                               static_cast<std::uint8_t>(sections.size()), last},
                                              payload.view()));
    }
    return sections;
}

bytes make_tdt(std::chrono::sys_seconds utc) {
    writer section;
    // short form, section_length 5, no CRC_32
    section.u8(table_id_tdt).u16(0x7005).u40(ts::to_mjd_bcd(utc));
    return section.take();
}

bytes retime_tot(const bytes& tot, std::chrono::sys_seconds utc) {
    constexpr std::size_t time_end = 3 + 5;
    constexpr std::size_t crc_size = 4;
    if (tot.size() < time_end + crc_size)
        return tot;
    writer section;
    section.raw(bytes_view{tot}.first(3)).u40(ts::to_mjd_bcd(utc));
    section.raw(bytes_view{tot}.subspan(time_end, tot.size() - time_end - crc_size));
    section.u32(crc32(section.view()));
    return section.take();
}

} // namespace cihost::sim
