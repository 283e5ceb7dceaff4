// SPDX-License-Identifier: LGPL-2.1-or-later
#include "runtime/stream_analysis.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace cihost::runtime {

namespace {

/// PIDs below carry PSI and SI (EN 300 468 §5.1.3); a PAT that names one is wrong.
constexpr ts::pid_t first_free_pid = 0x20;

bool starts_pes(ts::packet_view packet) {
    const auto payload = packet.payload();
    return packet.payload_unit_start() && payload.size() >= 3 && payload[0] == 0 &&
           payload[1] == 0 && payload[2] == 1;
}

std::array<std::uint8_t, ts::packet_size> with_pid(ts::packet_view packet, ts::pid_t pid) {
    std::array<std::uint8_t, ts::packet_size> copy;
    std::ranges::copy(packet.data(), copy.begin());
    copy[1] = static_cast<std::uint8_t>((copy[1] & 0xE0) | (pid >> 8 & 0x1F));
    copy[2] = static_cast<std::uint8_t>(pid & 0xFF);
    return copy;
}

} // namespace

stream_analysis::stream_analysis(section_watch::take_function take)
    : take_{std::move(take)}
    , entries_(ts::pid_count) {
    entry(ts::pid_pat).tables.emplace(ts::pid_pat, std::vector<std::uint8_t>{0x00});
    entry(ts::pid_cat).tables.emplace(ts::pid_cat, std::vector<std::uint8_t>{0x01});
    entry(ts::pid_sdt).tables.emplace(ts::pid_sdt, std::vector<std::uint8_t>{0x42});
    entry(ts::pid_eit).tables.emplace(ts::pid_eit, std::vector<std::uint8_t>{0x4E});
    entry(ts::pid_tdt).tables.emplace(ts::pid_tdt, std::vector<std::uint8_t>{0x70, 0x73});
}

stream_analysis::pid_entry& stream_analysis::entry(ts::pid_t pid) {
    auto& slot = entries_[pid & 0x1FFFU];
    if (!slot)
        slot = std::make_unique<pid_entry>();
    return *slot;
}

void stream_analysis::push(ts::packet_view packet, time_point now) {
    ++packets_;
    continuity_.push(packet);
    if (packet.transport_error())
        return;
    if (!stale_bits_.stale(packet))
        return examine(packet, now);
    const auto cleared = ts::without_scrambling_bits(packet);
    examine(ts::packet_view{cleared}, now);
}

void stream_analysis::examine(ts::packet_view packet, time_point now) {
    scrambling_.push(packet, now);
    auto* const concerned = entries_[packet.pid()].get();
    if (concerned == nullptr)
        return;
    if (concerned->tables)
        concerned->tables->push(packet, now, take_);
    if (concerned->ca_messages)
        concerned->ca_messages->push(packet, now);
    for (auto& stream : concerned->streams)
        count(stream, packet, now);
    for (const auto& recording : concerned->recordings) {
        if (recording.pid == packet.pid()) {
            recording.tap->push(packet, now);
            continue;
        }
        const auto renamed = with_pid(packet, recording.pid);
        recording.tap->push(ts::packet_view{renamed}, now);
    }
}

std::optional<ts::pid_t> stream_analysis::leading_pid(const service& s) const {
    for (const auto pid : s.what.leading_pids)
        if (scrambling_[pid].first_packet != never)
            return pid;
    return std::nullopt;
}

void stream_analysis::count(stream_of_service& stream, ts::packet_view packet, time_point now) {
    // packets without payload are never scrambled: they say nothing
    if (!packet.has_payload())
        return;
    auto& s = *stream.owner;
    if (packet.scrambling_control() != ts::scrambling::clear) {
        ++(stream.cleared ? s.figures.scrambled_after_clear : s.figures.scrambled_before_clear);
        return;
    }
    ++s.figures.clear;
    if (stream.cleared || !starts_pes(packet))
        return;
    stream.cleared = true;
    s.cleared.push_back(packet.pid());
    if (packet.pid() == leading_pid(s) && s.figures.first_clear == never)
        s.figures.first_clear = now;
}

void stream_analysis::interrupted() {
    for (auto& e : entries_)
        if (e && e->tables)
            e->tables->interrupted();
}

void stream_analysis::closed() {
    interrupted();
    continuity_.restart();
    for (auto& tap : recordings_)
        tap->interrupted();
}

void stream_analysis::interrupted(ts::pid_t pid) {
    continuity_.restart(pid);
    scrambling_.reset(pid);
    stale_bits_.reset(pid);
    if (auto* const e = entries_[pid].get(); e != nullptr && e->tables)
        e->tables->interrupted();
}

void stream_analysis::retuned() {
    emm_sections_before_ += emm_sections();
    pat_ = 0;
    services_.clear();
    scrambling_.reset();
    stale_bits_.reset();
    continuity_.restart();
    for (auto& tap : recordings_)
        tap->suspend();
    replacements_.clear(); // they hold within one multiplex
    connect_recordings();
    for (std::size_t i = 0; i < ts::pid_count; ++i) {
        auto* const e = entries_[i].get();
        if (e == nullptr)
            continue;
        e->ca_messages.reset();
        e->emm = false;
        e->streams.clear();
        if (i >= first_free_pid)
            e->tables.reset();
        else if (e->tables)
            e->tables->forget();
    }
}

void stream_analysis::watch(const stream_watch& what) {
    if (what.pat != pat_) {
        pat_ = what.pat;
        scrambling_.reset();
        for (auto& e : entries_)
            if (e && e->tables && e != entries_[ts::pid_pat])
                e->tables->forget();
    }

    // an entry that stays keeps what it has gathered
    std::vector<bool> pmt(ts::pid_count);
    for (const auto pid : what.pmt_pids)
        pmt[pid] = pid >= first_free_pid && pid != ts::pid_null;
    for (std::size_t i = 0; i < ts::pid_count; ++i) {
        const auto pid = static_cast<ts::pid_t>(i);
        if (pmt[pid] && !entry(pid).tables)
            entry(pid).tables.emplace(pid, std::vector<std::uint8_t>{0x02});
        auto* const e = entries_[pid].get();
        if (e == nullptr)
            continue;
        if (pid >= first_free_pid && !pmt[pid])
            e->tables.reset();
        e->streams.clear();
        e->emm = false;
    }
    for (const auto pid : what.emm_pids) {
        auto& e = entry(pid);
        e.emm = true;
        if (!e.ca_messages)
            e.ca_messages.emplace();
    }

    std::erase_if(services_, [&](const auto& known) {
        return std::ranges::none_of(what.services,
                                    [&](const auto& s) { return s.program_number == known.first; });
    });
    for (const auto& s : what.services)
        watch_service(s);
    if (what.replacements != replacements_)
        replace(what.replacements);
}

void stream_analysis::watch_service(const stream_watch::service& what) {
    auto [it, is_new] = services_.try_emplace(what.program_number);
    auto& s = it->second;
    if (is_new || s.what.wanted_at != what.wanted_at) {
        s = {};
        s.figures.program_number = what.program_number;
        s.figures.wanted_at = what.wanted_at;
    }
    const bool ecms_moved = s.what.ecm_pids != what.ecm_pids;
    if (ecms_moved)
        add_ecms(s, s.figures);
    s.what = what;
    for (const auto pid : what.elementary_pids)
        s.continuity_before.try_emplace(pid, continuity_[pid].errors);
    if (what.wanted_at == never)
        return;
    if (ecms_moved)
        take_ecm_sources(s);
    for (const auto pid : what.elementary_pids)
        entry(pid).streams.push_back({&s, std::ranges::count(s.cleared, pid) > 0});
}

void stream_analysis::take_ecm_sources(service& s) {
    s.ecm_sources.clear();
    for (const auto pid : s.what.ecm_pids) {
        auto& e = entry(pid);
        if (!e.ca_messages)
            e.ca_messages.emplace();
        s.ecm_sources.push_back(
            {pid, e.ca_messages->status().ecms, e.ca_messages->status().changes});
    }
}

/// Simulcrypt broadcasts the same crypto periods once a CA system: the liveliest PID tells them.
void stream_analysis::add_ecms(const service& s, service_figures& to) const {
    std::uint64_t periods = 0;
    for (const auto& source : s.ecm_sources) {
        const auto& now = entries_[source.pid]->ca_messages->status();
        to.ecms += now.ecms - source.sections_before;
        periods = std::max(periods, now.changes - source.periods_before);
    }
    to.crypto_periods += periods;
}

void stream_analysis::add(std::shared_ptr<recording_tap> tap) {
    recordings_.push_back(std::move(tap));
    connect_recordings();
}

std::optional<recording_figures> stream_analysis::remove(std::uint64_t recording) {
    const auto it = std::ranges::find(recordings_, recording, &recording_tap::id);
    if (it == recordings_.end())
        return std::nullopt;
    const auto tap = *it;
    recordings_.erase(it);
    connect_recordings();
    tap->flush();
    return tap->figures();
}

void stream_analysis::set_pmt(std::uint64_t recording, const ts::pmt& table,
                              std::uint16_t transport_stream_id, ts::pid_t pmt_pid) {
    for (auto& tap : recordings_)
        if (tap->id() == recording)
            tap->set_pmt(table, transport_stream_id, pmt_pid);
    connect_recordings();
}

void stream_analysis::set_si(std::uint64_t recording, ts::pid_t pid,
                             const std::vector<bytes>& sections) {
    for (auto& tap : recordings_)
        if (tap->id() == recording)
            pid == ts::pid_sdt ? tap->set_description(sections) : tap->set_events(sections);
}

void stream_analysis::suspend(std::uint64_t recording) {
    for (auto& tap : recordings_)
        if (tap->id() == recording)
            tap->suspend();
    connect_recordings();
}

void stream_analysis::connect_recordings() {
    for (auto& e : entries_)
        if (e)
            e->recordings.clear();
    for (auto& tap : recordings_)
        for (const auto pid : tap->pids())
            entry(source_of(pid)).recordings.push_back({tap.get(), pid});
}

ts::pid_t stream_analysis::source_of(ts::pid_t pid) const {
    const auto found = std::ranges::find(replacements_, pid, &pid_replacement::replaced);
    return found == replacements_.end() ? pid : found->replacement;
}

void stream_analysis::replace(const std::vector<pid_replacement>& replacements) {
    const auto before = std::exchange(replacements_, replacements);
    for (auto& tap : recordings_)
        for (const auto pid : tap->pids()) {
            const auto was = std::ranges::find(before, pid, &pid_replacement::replaced);
            if (source_of(pid) != (was == before.end() ? pid : was->replacement))
                tap->interrupted(pid);
        }
    connect_recordings();
}

void stream_analysis::tick(time_point now) {
    for (auto& tap : recordings_)
        tap->tick(now);
}

void stream_analysis::flush() {
    for (auto& tap : recordings_)
        tap->flush();
}

bool stream_analysis::pending() const noexcept {
    return std::ranges::any_of(recordings_, &recording_tap::pending,
                               [](const auto& tap) -> const recording_tap& { return *tap; });
}

std::uint64_t stream_analysis::emm_sections() const {
    auto sum = emm_sections_before_;
    for (const auto& e : entries_)
        if (e && e->emm)
            sum += e->ca_messages->status().emms;
    return sum;
}

stream_figures stream_analysis::figures() const {
    // what a module made of the packets before says nothing of what it is asked for now
    const auto seen_since = [](const ts::scrambling_status& packets, time_point wanted_at) {
        const auto since = [&](time_point latest) {
            return latest != never && latest >= wanted_at;
        };
        return wanted_at == never || since(packets.last_clear) || since(packets.last_scrambled);
    };
    stream_figures all;
    all.packets = packets_;
    all.continuity_errors = continuity_.total().errors;
    all.transport_errors = continuity_.total().transport_errors;
    all.emm_sections = emm_sections();
    all.stale_scrambling_bits = stale_bits_.packets();
    all.services.reserve(services_.size());
    for (const auto& [number, s] : services_) {
        auto& figures = all.services.emplace_back(s.figures);
        add_ecms(s, figures);
        for (const auto pid : s.what.elementary_pids)
            figures.continuity_errors += continuity_[pid].errors - s.continuity_before.at(pid);
        const auto leading = leading_pid(s);
        figures.seen = leading && seen_since(scrambling_[*leading], figures.wanted_at);
        figures.scrambled_now = figures.seen && !scrambling_[*leading].is_clear();
    }
    for (const auto& tap : recordings_)
        all.recordings.push_back(tap->figures());
    return all;
}

} // namespace cihost::runtime
