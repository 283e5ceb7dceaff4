// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

/// A made-up multiplex, packet by packet.

#include "base/writer.hpp"
#include "runtime/disk_writer.hpp"
#include "runtime/recording_tap.hpp"
#include "ts/section_builder.hpp"
#include "ts/section_packetizer.hpp"

#include <cihost/bytes.hpp>
#include <cihost/ts/packet.hpp>
#include <cihost/ts/pmt.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

namespace cihost::test {

inline bytes pat_section(std::uint16_t transport_stream_id,
                         const std::vector<std::pair<std::uint16_t, ts::pid_t>>& programs,
                         std::uint8_t version = 0) {
    writer body;
    for (const auto& [number, pid] : programs)
        body.u16(number).pid(pid);
    return ts::build_section({0x00, transport_stream_id, version, 0, 0, true}, body.view()).value();
}

/// CA_system_id 4AFE on `ecm_pid`, at programme level; none for 1FFF.
inline ts::pmt make_pmt(std::uint16_t program_number, ts::pid_t video, ts::pid_t audio,
                        ts::pid_t ecm_pid, std::uint8_t version = 0) {
    ts::pmt table;
    table.program_number = program_number;
    table.version = version;
    table.pcr_pid = video;
    if (ecm_pid != ts::pid_null)
        table.program_info.push_back({0x09, writer{}.u16(0x4AFE).pid(ecm_pid).take()});
    table.streams.push_back({0x02, video, {}});
    table.streams.push_back({0x04, audio, {}});
    return table;
}

inline bytes sdt_section(std::uint16_t transport_stream_id, std::uint16_t service_id,
                         std::string_view name) {
    writer d;
    d.u8(0x48).u8(static_cast<unsigned>(name.size() + 3)).u8(1).u8(0);
    d.u8(static_cast<unsigned>(name.size()));
    for (const char c : name)
        d.u8(static_cast<std::uint8_t>(c));
    writer body;
    body.u16(1).u8(0xFF).u16(service_id).u8(0xFC).u16(0x8000U | static_cast<unsigned>(d.size()));
    body.raw(d.view());
    return ts::build_section({0x42, transport_stream_id, 0, 0, 0, true}, body.view()).value();
}

/// Short form, as ECMs are.
inline bytes ecm_section(std::uint8_t table_id, std::uint8_t filler = 0) {
    return {table_id, 0x70, 0x04, filler, 1, 2, 3};
}

/// Makes packets and keeps the continuity of each PID.
class packet_maker {
  public:
    bytes section(ts::pid_t pid, bytes_view data) {
        bytes out;
        sections_.try_emplace(pid, pid).first->second.packetize(data, out);
        return out;
    }

    /// One packet of an elementary stream; a PES start shows where it is clear, whatever its bits
    /// say.
    bytes elementary(ts::pid_t pid, ts::scrambling s, bool pes_start) {
        return elementary(pid, s, pes_start, s == ts::scrambling::clear);
    }
    bytes elementary(ts::pid_t pid, ts::scrambling s, bool pes_start, bool is_clear) {
        bytes p(ts::packet_size, 0x55);
        p[0] = ts::sync_byte;
        p[1] = static_cast<std::uint8_t>((pes_start ? 0x40 : 0) | pid >> 8);
        p[2] = static_cast<std::uint8_t>(pid & 0xFF);
        p[3] = static_cast<std::uint8_t>(static_cast<unsigned>(s) << 6 | 0x10U |
                                         (counters_[pid]++ & 0x0FU));
        if (pes_start && is_clear) {
            const bytes start{0, 0, 1, 0xE0, 0, 0, 0x80, 0, 0};
            std::copy(start.begin(), start.end(), p.begin() + 4);
        }
        return p;
    }

    void lose(ts::pid_t pid) { ++counters_[pid]; }

  private:
    std::map<ts::pid_t, ts::section_packetizer> sections_;
    std::map<ts::pid_t, std::uint8_t> counters_;
};

inline runtime::recording_tap::block_sink to_disk(runtime::disk_writer& disk,
                                                  const std::shared_ptr<runtime::disk_file>& file) {
    return [&disk, file](bytes block) { return disk.append(file, std::move(block)); };
}

inline ts::packet_view view(const bytes& data, std::size_t index = 0) {
    return ts::packet_view{
        bytes_view{data}.subspan(index * ts::packet_size).first<ts::packet_size>()};
}

} // namespace cihost::test
