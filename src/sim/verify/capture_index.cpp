// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/verify/capture_index.hpp"

#include "sim/headend/timestamps.hpp"
#include "sim/headend/ts_file.hpp"

#include <cihost/ts/pat.hpp>
#include <cihost/ts/section_assembler.hpp>

#include <cstring>
#include <utility>

namespace cihost::sim {
namespace {

/// FNV-1a over 64-bit words with a finishing mix: fast, and no adversary is near.
std::uint64_t digest_of(ts::packet_view packet) noexcept {
    constexpr std::uint64_t prime = 0x100000001B3;
    const auto payload = packet.payload();
    std::uint64_t value = 0xCBF29CE484222325U ^ std::uint64_t{payload.size()} << 1 ^
                          (packet.payload_unit_start() ? 1U : 0U);
    std::size_t at = 0;
    for (; at + 8 <= payload.size(); at += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, payload.data() + at, 8);
        value = (value ^ word) * prime;
        value ^= value >> 29;
    }
    for (; at < payload.size(); ++at)
        value = (value ^ payload[at]) * prime;
    value ^= value >> 32;
    return value * 0x9E3779B97F4A7C15U;
}

class indexer {
  public:
    void push(ts::packet_view packet) {
        const auto pid = packet.pid();
        if (index_.packets == 0)
            index_.starts_with_pat = pid == ts::pid_pat;
        index_.continuity.push(packet);
        meter_.push(packet);
        if (const auto it = tables_.find(pid); it != tables_.end())
            take_sections(packet, it->second);
        else if (pid != ts::pid_null && !packet.payload().empty())
            index_.streams[pid].push_back({digest_of(packet),
                                           static_cast<std::uint32_t>(index_.packets),
                                           packet.payload_unit_start(),
                                           packet.scrambling_control() != ts::scrambling::clear});
        ++index_.packets;
    }

    capture_index finish() {
        index_.timing = meter_.result();
        return std::move(index_);
    }

  private:
    void take_sections(ts::packet_view packet, ts::section_assembler& assembler) {
        assembler.push(packet);
        while (const auto section = assembler.next()) {
            if (packet.pid() == ts::pid_pat)
                take_pat(*section);
            else
                take_pmt(*section);
        }
    }

    void take_pat(const ts::section_view& section) {
        const auto pat = ts::parse_pat(section);
        if (!pat)
            return;
        for (const auto& program : pat->programs)
            tables_.try_emplace(program.pmt_pid);
    }

    void take_pmt(const ts::section_view& section) {
        const auto pmt = ts::parse_pmt(section);
        if (!pmt)
            return;
        auto& service = index_.services[pmt->program_number];
        if (service.pmts.empty())
            service.pmt_position = index_.packets;
        if (service.pmts.empty() || service.pmts.back() != *pmt)
            service.pmts.push_back(*pmt);
    }

    capture_index index_;
    pace_meter meter_;
    /// PAT and the PMT PIDs that it names.
    std::map<ts::pid_t, ts::section_assembler> tables_{{ts::pid_pat, {}}};
};

} // namespace

double capture_index::seconds_at(std::size_t position) const noexcept {
    return static_cast<double>(timing.time_of(position)) / static_cast<double>(system_clock_hz);
}

result<capture_index> index_capture(const std::string& file, std::string& why) {
    indexer made;
    if (const auto error =
            for_each_packet(file, why, [&](ts::packet_view packet) { made.push(packet); }))
        return error;
    return made.finish();
}

} // namespace cihost::sim
