// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/cam/emm_reader.hpp"

#include "base/crc32.hpp"
#include "base/cursor.hpp"

#include <algorithm>
#include <cstddef>

namespace cihost::sim {
namespace {

constexpr std::uint8_t cat_table_id = 0x01;
constexpr std::uint8_t ca_descriptor_tag = 0x09;
/// table_id to last_section_number, and CRC_32.
constexpr std::size_t long_header_size = 8;
constexpr std::size_t crc_size = 4;

} // namespace

void emm_reader::reset() {
    cat_ = {};
    cat_sections_.clear();
    emm_streams_.clear();
    pids_.clear();
}

bool emm_reader::cat_packet(ts::packet_view packet) {
    for (const auto& section : cat_.push(packet))
        read_cat(section);

    std::vector<std::uint16_t> pids;
    for (const auto& [number, of_section] : cat_sections_)
        pids.insert(pids.end(), of_section.begin(), of_section.end());
    std::sort(pids.begin(), pids.end());
    pids.erase(std::unique(pids.begin(), pids.end()), pids.end());
    if (pids == pids_)
        return false;
    pids_ = std::move(pids);
    std::erase_if(emm_streams_, [&](const auto& entry) {
        return !std::binary_search(pids_.begin(), pids_.end(), entry.first);
    });
    return true;
}

void emm_reader::read_cat(bytes_view section) {
    if (section.size() < long_header_size + crc_size || section[0] != cat_table_id ||
        (section[1] & 0x80) == 0 || crc32(section) != 0)
        return;
    cursor in{section.first(section.size() - crc_size)};
    in.skip(5); // table_id, section_length, reserved
    const bool current_next = (in.u8() & 1) != 0;
    const auto number = in.u8();
    const auto last_number = in.u8();
    if (!current_next)
        return;
    std::vector<std::uint16_t> pids;
    while (!in.empty()) {
        const auto tag = in.u8();
        cursor body{in.take(in.u8())};
        const auto ca_system_id = body.u16();
        const auto pid = body.pid();
        const bool ours = std::find(ca_system_ids_.begin(), ca_system_ids_.end(), ca_system_id) !=
                          ca_system_ids_.end();
        if (tag == ca_descriptor_tag && body.ok() && ours && pid != 0x0000 && pid != 0x1FFF)
            pids.push_back(pid);
    }
    // by content, not by version: another transponder may use the same one
    cat_sections_[number] = std::move(pids);
    cat_sections_.erase(cat_sections_.upper_bound(last_number), cat_sections_.end());
}

void emm_reader::emm_packet(ts::packet_view packet, time_point now) {
    for (const auto& section : emm_streams_[packet.pid()].push(packet))
        if (const auto number = card_.take_emm(section, now))
            log_.write(now, "emm", {{"emm_pid", packet.pid()}, {"key_number", *number}});
}

} // namespace cihost::sim
