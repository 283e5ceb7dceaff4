// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/headend/file_tables.hpp"

#include "sim/headend/seam.hpp"
#include "ts/table_collector.hpp"

#include <cihost/ts/cat.hpp>
#include <cihost/ts/pat.hpp>
#include <cihost/ts/sdt.hpp>
#include <cihost/ts/section_assembler.hpp>

#include <algorithm>
#include <array>
#include <optional>

namespace cihost::sim {
namespace {

constexpr std::uint8_t table_id_pmt = 0x02;
constexpr std::uint8_t table_id_tot = 0x73;

template<class Take>
void for_each(bytes_view packets, const Take& take) {
    for (std::size_t at = 0; at + ts::packet_size <= packets.size(); at += ts::packet_size)
        take(view_packet(packets.data() + at));
}

void read_pat(bytes_view packets, file_tables& tables) {
    ts::section_assembler sections;
    ts::table_collector collector;
    for_each(packets, [&](ts::packet_view packet) {
        if (packet.pid() != ts::pid_pat || tables.has_pat)
            return;
        sections.push(packet);
        while (const auto section = sections.next()) {
            const auto table = collector.push(*section);
            if (!table || tables.has_pat)
                continue;
            for (const auto& part : *table) {
                const auto pat = ts::parse_pat(part);
                if (!pat)
                    continue;
                tables.has_pat = true;
                tables.transport_stream_id = pat->transport_stream_id;
                for (const auto& program : pat->programs) {
                    auto& service = tables.services.emplace_back();
                    service.program_number = program.program_number;
                    service.pmt_pid = program.pmt_pid;
                    tables.used.add(program.pmt_pid);
                }
            }
        }
    });
}

void take_pmt(const ts::section_view& section, ts::pid_t pid, file_tables& tables) {
    const auto pmt = ts::parse_pmt(section);
    if (!pmt || !section.current_next())
        return;
    for (auto& service : tables.services) {
        if (service.program_number != pmt->program_number || service.pmt_pid != pid)
            continue;
        service.pmt_changes |= service.has_pmt && service.pmt != *pmt;
        if (!service.has_pmt)
            service.pmt = *pmt;
        service.has_pmt = true;
    }
    const auto name_ca = [&](const ts::descriptor_list& loop) {
        for (const auto& ca : ts::ca_descriptors(loop))
            tables.used.add(ca.ca_pid);
    };
    tables.used.add(pmt->pcr_pid);
    name_ca(pmt->program_info);
    for (const auto& stream : pmt->streams) {
        tables.used.add(stream.elementary_pid);
        name_ca(stream.descriptors);
    }
}

void take_sdt(const ts::section_view& section, file_tables& tables) {
    const auto sdt = ts::parse_sdt(section);
    if (!sdt || !sdt->actual)
        return;
    tables.has_sdt = true;
    for (auto& service : tables.services) {
        for (const auto& said : sdt->services) {
            if (said.service_id == service.program_number && service.name.empty())
                service.name = said.service_name;
        }
    }
}

void take_cat(const ts::section_view& section, file_tables& tables) {
    const auto cat = ts::parse_cat(section);
    if (!cat)
        return;
    tables.cat_version = cat->version;
    for (const auto& system : cat->systems) {
        if (std::find(tables.cat.begin(), tables.cat.end(), system) == tables.cat.end())
            tables.cat.push_back(system);
        for (const auto pid : ts::emm_pids(system))
            tables.used.add(pid);
    }
}

void take_section(const ts::section_view& section, ts::pid_t pid, file_tables& tables) {
    if (pid == ts::pid_cat)
        take_cat(section, tables);
    else if (pid == ts::pid_sdt)
        take_sdt(section, tables);
    else if (pid == ts::pid_tdt && section.table_id() == table_id_tot && tables.tot.empty())
        tables.tot.assign(section.data().begin(), section.data().end());
    else if (section.table_id() == table_id_pmt)
        take_pmt(section, pid, tables);
}

void count(ts::packet_view packet, file_tables& tables,
           std::array<std::size_t, ts::pid_count>& packets_of) {
    ++tables.packets;
    ++packets_of[packet.pid()];
    if (packet.scrambling_control() != ts::scrambling::clear && packet.has_payload())
        tables.scrambled.add(packet.pid());
}

} // namespace

file_tables read_tables(bytes_view packets) {
    file_tables tables;
    read_pat(packets, tables);

    std::map<ts::pid_t, ts::section_assembler> assemblers;
    for (const auto pid : {ts::pid_cat, ts::pid_sdt, ts::pid_tdt})
        assemblers[pid];
    for (const auto& service : tables.services)
        assemblers[service.pmt_pid];
    std::array<ts::section_assembler*, ts::pid_count> assembler_of{};
    for (auto& [pid, assembler] : assemblers)
        assembler_of[pid] = &assembler;

    std::array<std::size_t, ts::pid_count> packets_of{};
    for_each(packets, [&](ts::packet_view packet) {
        count(packet, tables, packets_of);
        auto* assembler = assembler_of[packet.pid()];
        if (assembler == nullptr)
            return;
        assembler->push(packet);
        while (const auto section = assembler->next())
            take_section(*section, packet.pid(), tables);
    });

    for (std::size_t pid = 0; pid < ts::pid_count; ++pid) {
        if (packets_of[pid] == 0)
            continue;
        tables.used.add(static_cast<ts::pid_t>(pid));
        tables.packets_of[static_cast<ts::pid_t>(pid)] = packets_of[pid];
    }
    tables.null_packets = packets_of[ts::pid_null];
    return tables;
}

} // namespace cihost::sim
