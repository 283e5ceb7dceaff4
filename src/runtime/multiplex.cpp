// SPDX-License-Identifier: LGPL-2.1-or-later
#include "runtime/multiplex.hpp"

#include <cihost/ts/ca_descriptor.hpp>
#include <cihost/ts/eit.hpp>
#include <cihost/ts/pat.hpp>
#include <cihost/ts/sdt.hpp>

#include <algorithm>
#include <tuple>
#include <utility>

namespace cihost::runtime {

namespace {

std::vector<ts::ca_descriptor> all_ca_descriptors(const ts::pmt& table) {
    auto all = ts::ca_descriptors(table.program_info);
    for (const auto& stream : table.streams)
        for (auto& d : ts::ca_descriptors(stream.descriptors))
            all.push_back(std::move(d));
    return all;
}

template<class Value>
void add_once(std::vector<Value>& list, Value value) {
    if (std::ranges::find(list, value) == list.end())
        list.push_back(value);
}

} // namespace

const service_entry* multiplex::find(std::uint16_t program_number) const {
    const auto it = services_.find(program_number);
    return it == services_.end() ? nullptr : &it->second;
}

multiplex_change multiplex::take(const table_sections& table) {
    multiplex_change change;
    std::vector<ts::section_view> sections;
    for (const auto& data : table.sections)
        if (const auto section = ts::section_view::parse(data))
            sections.push_back(*section);
    if (sections.empty())
        return change;
    switch (sections.front().table_id()) {
    case 0x00:
        take_pat(sections, change);
        break;
    case 0x01:
        take_cat(sections);
        break;
    case 0x02:
        take_pmt(sections.front(), table, change);
        break;
    case 0x42:
        take_names(table, sections);
        change.descriptions = true;
        break;
    case 0x4E:
        take_events(table, sections, change);
        break;
    case 0x70:
    case 0x73:
        if (auto time = ts::parse_time_table(sections.front()))
            change.time = std::move(*time);
        break;
    default:
        break;
    }
    return change;
}

void multiplex::take_pat(const std::vector<ts::section_view>& sections, multiplex_change& change) {
    std::map<std::uint16_t, ts::pid_t> programs;
    std::uint16_t id = 0;
    for (const auto& section : sections) {
        const auto pat = ts::parse_pat(section);
        if (!pat)
            return;
        id = pat->transport_stream_id;
        for (const auto& program : pat->programs)
            programs[program.program_number] = program.pmt_pid;
    }
    ++pat_count_;
    if (id != transport_stream_id_) {
        change.other_multiplex = transport_stream_id_.has_value();
        transport_stream_id_ = id;
        // the same number means another service there
        for (const auto& [number, entry] : services_)
            change.gone.push_back(number);
        services_.clear();
        cat_.reset();
        names_.clear();
        sdt_sections_.clear();
    }
    for (const auto& [number, entry] : services_)
        if (!programs.contains(number))
            change.gone.push_back(number);
    for (const auto number : change.gone)
        services_.erase(number);
    for (const auto& [number, pid] : programs)
        services_[number].pmt_pid = pid;
    name_services();
}

void multiplex::take_pmt(const ts::section_view& section, const table_sections& table,
                         multiplex_change& change) {
    auto pmt = ts::parse_pmt(section);
    if (!pmt)
        return;
    const auto it = services_.find(pmt->program_number);
    if (it == services_.end() || it->second.pmt_pid != table.pid || it->second.pmt == *pmt)
        return;
    it->second.pmt = std::move(*pmt);
    it->second.pmt_at = table.complete_at;
    change.pmts.push_back(it->first);
}

void multiplex::take_cat(const std::vector<ts::section_view>& sections) {
    ts::cat all;
    for (const auto& section : sections)
        if (const auto part = ts::parse_cat(section)) {
            all.version = part->version;
            all.systems.insert(all.systems.end(), part->systems.begin(), part->systems.end());
        }
    cat_ = std::move(all);
}

void multiplex::take_names(const table_sections& table,
                           const std::vector<ts::section_view>& sections) {
    sdt_sections_ = table.sections;
    for (const auto& section : sections) {
        const auto sdt = ts::parse_sdt(section);
        if (!sdt)
            continue;
        for (const auto& service : sdt->services)
            names_[service.service_id] = {service.service_name, service.provider_name};
    }
    name_services();
}

void multiplex::name_services() {
    for (auto& [number, entry] : services_)
        if (const auto known = names_.find(number); known != names_.end())
            std::tie(entry.name, entry.provider) = known->second;
}

void multiplex::take_events(const table_sections& table,
                            const std::vector<ts::section_view>& sections,
                            multiplex_change& change) {
    const auto it = services_.find(sections.front().table_id_extension());
    if (it == services_.end())
        return;
    it->second.event_sections = table.sections;
    change.events.push_back(it->first);
    for (const auto& section : sections) {
        const auto eit = ts::parse_eit_present_following(section);
        if (eit && eit->section_number == 0 && eit->service_id == it->first)
            it->second.present_event = eit->events.empty() ? "" : eit->events.front().title;
    }
}

std::vector<ts::pid_t> leading_pids(const ts::pmt& table) {
    std::vector<ts::pid_t> pids;
    for (const auto kind : {ts::stream_kind::video, ts::stream_kind::audio})
        for (const auto& stream : table.streams)
            if (ts::kind_of(stream) == kind)
                add_once(pids, stream.elementary_pid);
    for (const auto& stream : table.streams)
        add_once(pids, stream.elementary_pid);
    return pids;
}

std::vector<std::uint16_t> ca_systems(const ts::pmt& table) {
    std::vector<std::uint16_t> systems;
    for (const auto& d : all_ca_descriptors(table))
        add_once(systems, d.ca_system_id);
    return systems;
}

std::vector<ts::pid_t> ecm_pids(const ts::pmt& table, const std::vector<std::uint16_t>& systems) {
    std::vector<ts::pid_t> pids;
    for (const auto& d : all_ca_descriptors(table))
        if (ts::names_pid(d) &&
            (systems.empty() || std::ranges::find(systems, d.ca_system_id) != systems.end()))
            add_once(pids, d.ca_pid);
    return pids;
}

} // namespace cihost::runtime
