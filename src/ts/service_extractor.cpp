// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ts/service_extractor.hpp"

#include "base/writer.hpp"
#include "ts/continuity.hpp"
#include "ts/section_builder.hpp"

#include <cihost/ts/ca_descriptor.hpp>

#include <algorithm>
#include <utility>

namespace cihost::ts {
namespace {

constexpr std::uint64_t tables_interval = 90'000 / 4; // 250 ms
constexpr std::uint64_t pcr_range = std::uint64_t{1} << 33;
/// Where no PCR tells the time: 250 ms of a service of 6 Mbit/s. With PCR, should it stop: 48
/// Mbit/s.
constexpr std::uint64_t packets_without_pcr = 1000;
constexpr std::uint64_t packets_with_pcr = 8000;
/// SDT and EIT come every 2 s (EN 300 468, TS 101 211).
constexpr unsigned tables_for_one_si = 8;

service_extractor::rank rank_of(const pmt::stream& s) noexcept {
    switch (kind_of(s)) {
    case stream_kind::video:
    case stream_kind::audio:
        return service_extractor::rank::picture_or_sound;
    default:
        break;
    }
    return carries_pes(s.stream_type) ? service_extractor::rank::other_pes
                                      : service_extractor::rank::other;
}

/// The start of a PES packet whose payload is in the clear on PES level too (§2.4.3.7).
bool starts_clear_pes(bytes_view payload) noexcept {
    if (payload.size() < 7 || payload[0] != 0 || payload[1] != 0 || payload[2] != 1)
        return false;
    const bool mpeg2_header = (payload[6] & 0xC0) == 0x80;
    return !mpeg2_header || (payload[6] & 0x30) == 0;
}

/// program_clock_reference_base, 90 kHz.
std::optional<std::uint64_t> pcr_base(packet_view packet) noexcept {
    const auto data = packet.data();
    if (!packet.has_adaptation_field() || data[4] < 7 || (data[5] & 0x10) == 0)
        return std::nullopt;
    std::uint64_t value = 0;
    for (std::size_t i = 6; i < 11; ++i)
        value = value << 8 | data[i];
    return value >> 7;
}

void remove_ca_descriptors(descriptor_list& loop) {
    std::erase_if(loop, [](const descriptor& d) { return d.tag == ca_descriptor::tag; });
}

std::uint8_t next_version(std::uint8_t version) noexcept { return (version + 1) & 0x1F; }

} // namespace

service_extractor::service_extractor(std::uint16_t program_number)
    : program_number_{program_number} {}

void service_extractor::set_pmt(const pmt& table, std::uint16_t transport_stream_id,
                                pid_t pmt_pid) {
    auto own = table;
    own.program_number = program_number_;
    remove_ca_descriptors(own.program_info);
    for (auto& stream : own.streams)
        remove_ca_descriptors(stream.descriptors);
    own.version = pmt_ ? pmt_->version : 0;
    const bool new_pmt = !pmt_ || *pmt_ != own;
    if (pmt_ && new_pmt)
        own.version = next_version(own.version);
    auto section = serialize(own);
    if (!section)
        return;

    const bool new_pat = transport_stream_id_ != transport_stream_id || pmt_pid_ != pmt_pid;
    if (new_pat || pat_section_.empty()) {
        if (!pat_section_.empty())
            pat_version_ = next_version(pat_version_);
        if (pmt_pid_ != pmt_pid)
            pmt_packets_ = section_packetizer{pmt_pid};
        transport_stream_id_ = transport_stream_id;
        pmt_pid_ = pmt_pid;
        writer program;
        program.u16(program_number_).pid(pmt_pid);
        pat_section_ = build_section({.table_id = 0x00,
                                      .table_id_extension = transport_stream_id,
                                      .version = pat_version_},
                                     program.view())
                           .value(); // four bytes always fit
        tables_due_ = true;
    }
    if (new_pmt) {
        pmt_section_ = std::move(*section);
        pmt_ = std::move(own);
        tables_due_ = true;
    }
    choose_streams();
}

/// The PIDs of pmt_; those known already keep their state.
void service_extractor::choose_streams() {
    std::map<pid_t, elementary> streams;
    const auto choose = [&](pid_t pid) -> elementary* {
        // SDT and EIT are written here
        if (pid == pid_pat || pid == pid_sdt || pid == pid_eit || pid == pid_null ||
            pid == pmt_pid_)
            return nullptr;
        const auto known = streams_.find(pid);
        return &streams.emplace(pid, known == streams_.end() ? elementary{} : known->second)
                    .first->second;
    };
    for (const auto& s : pmt_->streams)
        if (auto* const stream = choose(s.elementary_pid)) {
            stream->sections = !carries_pes(s.stream_type);
            stream->rank = rank_of(s);
            stream->pcr_only = false;
        }
    if (!streams.contains(pmt_->pcr_pid))
        if (auto* const stream = choose(pmt_->pcr_pid))
            stream->pcr_only = true;
    streams_ = std::move(streams);
    opening_rank_ = rank::other;
    for (const auto& [pid, stream] : streams_)
        if (!stream.pcr_only)
            opening_rank_ = std::min(opening_rank_, stream.rank);
}

void service_extractor::set_description(std::vector<bytes> sdt) {
    sdt_sections_ = std::move(sdt);
    until_si_ = 0;
}

void service_extractor::set_events(std::vector<bytes> eit) {
    eit_sections_ = std::move(eit);
    until_si_ = 0;
}

void service_extractor::begin_anew(elementary& stream) {
    stream.started = false;
    stream.in_flow = false;
    stream.last_counter = -1;
    stream.duplicated = false;
}

void service_extractor::interrupted(pid_t pid) {
    if (const auto found = streams_.find(pid); found != streams_.end())
        begin_anew(found->second);
}

void service_extractor::interrupted() {
    for (auto& [pid, stream] : streams_)
        begin_anew(stream);
    tables_due_ = true;
    tables_pcr_.reset();
}

void service_extractor::push(packet_view packet, bytes& out) {
    const auto found = streams_.find(packet.pid());
    if (found == streams_.end() || packet.transport_error())
        return;
    if (packet.pid() == pmt_->pcr_pid)
        clock(packet);
    if (!wanted(found->second, packet))
        return;
    if (tables_due_ ||
        packets_since_tables_ >= (tables_pcr_ ? packets_with_pcr : packets_without_pcr))
        write_tables(out);
    out.insert(out.end(), packet.data().begin(), packet.data().end());
    ++stats_.packets;
    ++packets_since_tables_;
}

bool service_extractor::wanted(elementary& stream, packet_view packet) {
    // Left-out packets take part in the counter check: only what never came is a gap.
    const auto step = continuity_step(packet, stream.last_counter, stream.duplicated);
    if (stream.started && step == continuity::gap)
        ++stats_.continuity_errors;

    const bool clear = packet.scrambling_control() == scrambling::clear;
    if (stream.pcr_only) {
        if (stats_.started && clear)
            return true;
        ++(stats_.started ? stats_.scrambled : stats_.waited);
        return false;
    }
    if (!packet.has_payload()) {
        if (!stream.started)
            ++stats_.waited;
        return stream.in_flow && clear;
    }
    if (!stream.started) {
        // subtitles and sections are often broadcast in clear: they would open a file that does not
        // play yet
        const bool in_time = stats_.started || stream.rank == opening_rank_;
        const bool starts = in_time && clear && packet.payload_unit_start() &&
                            (stream.sections || starts_clear_pes(packet.payload()));
        if (!starts) {
            ++stats_.waited;
            return false;
        }
        stream.started = true;
        stats_.started = true;
    }
    if (!clear)
        ++stats_.scrambled;
    return stream.in_flow = clear;
}

/// The PCR says when the tables are due, also in a packet that is left out; after a jump of it they
/// are due at once.
void service_extractor::clock(packet_view packet) {
    const auto now = pcr_base(packet);
    if (!now)
        return;
    if (!tables_pcr_)
        tables_pcr_ = now;
    const auto elapsed = (*now - *tables_pcr_) & (pcr_range - 1);
    tables_due_ = tables_due_ || elapsed >= tables_interval;
    if (tables_due_)
        tables_pcr_ = now;
}

void service_extractor::write_tables(bytes& out) {
    stats_.packets += pat_packets_.packetize(pat_section_, out);
    stats_.packets += pmt_packets_.packetize(pmt_section_, out);
    if (until_si_ == 0) {
        for (const auto& section : sdt_sections_)
            stats_.packets += sdt_packets_.packetize(section, out);
        for (const auto& section : eit_sections_)
            stats_.packets += eit_packets_.packetize(section, out);
        until_si_ = tables_for_one_si;
    }
    --until_si_;
    tables_due_ = false;
    packets_since_tables_ = 0;
}

} // namespace cihost::ts
