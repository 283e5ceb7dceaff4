// SPDX-License-Identifier: LGPL-2.1-or-later
#include "runtime/recording_tap.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <utility>

namespace cihost::runtime {

namespace {
constexpr std::size_t block_size = std::size_t{64} << 10;
// one push() adds at most a packet and the tables in front of it
constexpr std::size_t reserve = block_size + 64 * ts::packet_size;
constexpr auto max_wait = std::chrono::milliseconds{100};
/// Without a packet for so long, the stream begins anew for whoever reads along.
constexpr auto new_beginning_after = std::chrono::milliseconds{300};
} // namespace

recording_tap::recording_tap(std::uint64_t id, std::uint16_t program_number, block_sink sink,
                             std::shared_ptr<recording_gaps> gaps)
    : sink_{std::move(sink)}
    , gaps_{std::move(gaps)}
    , extractor_{program_number} {
    figures_.id = id;
    block_.reserve(reserve);
}

void recording_tap::set_pmt(const ts::pmt& table, std::uint16_t transport_stream_id,
                            ts::pid_t pmt_pid) {
    extractor_.set_pmt(table, transport_stream_id, pmt_pid);
    pids_.clear();
    for (const auto& stream : table.streams)
        pids_.push_back(stream.elementary_pid);
    if (table.pcr_pid != ts::pid_null)
        pids_.push_back(table.pcr_pid);
    std::ranges::sort(pids_);
    const auto twice = std::ranges::unique(pids_);
    pids_.erase(twice.begin(), twice.end());
}

void recording_tap::suspend() {
    interrupted();
    pids_.clear();
    figures_.flowing_since = never;
}

void recording_tap::interrupted() {
    flush();
    extractor_.interrupted();
    if (figures_.started_at != never && !away_since_)
        away_since_ = wall_clock::now();
}

void recording_tap::push(ts::packet_view packet, time_point now) {
    extractor_.push(packet, block_);
    const auto& stats = extractor_.stats();
    if (gaps_ && (stats.scrambled != scrambled_noted_ || stats.continuity_errors != errors_noted_))
        note_gaps();
    if (block_.empty())
        return;
    if (figures_.started_at == never)
        figures_.started_at = now;
    if (figures_.flowing_since == never)
        figures_.flowing_since = now;
    if (away_since_) {
        if (gaps_)
            gaps_->note_absence(*away_since_, wall_clock::now(), position() - block_.size());
        away_since_.reset();
    }
    if (block_since_ == never)
        block_since_ = now;
    // whoever reads along sees the beginning at once
    const bool begins = figures_.packets == 0 || now - taken_at_ > new_beginning_after;
    taken_at_ = now;
    if (block_.size() >= block_size || begins)
        flush();
}

void recording_tap::note_gaps() {
    using kind = recording_gap::kind;
    const auto& stats = extractor_.stats();
    const auto now = wall_clock::now();
    if (const auto more = stats.scrambled - std::exchange(scrambled_noted_, stats.scrambled))
        gaps_->note(kind::scrambled, now, position(), more);
    const auto errors = stats.continuity_errors;
    if (const auto more = errors - std::exchange(errors_noted_, errors))
        gaps_->note(kind::reception, now, position(), more);
}

void recording_tap::tick(time_point now) {
    if (block_since_ != never && now - block_since_ >= max_wait)
        flush();
}

void recording_tap::flush() {
    block_since_ = never;
    if (block_.empty())
        return;
    const auto packets = block_.size() / ts::packet_size;
    if (sink_(std::exchange(block_, {}))) {
        figures_.packets += packets;
    } else {
        figures_.dropped += packets;
        if (gaps_)
            gaps_->note(recording_gap::kind::disk, wall_clock::now(), position(), packets);
    }
    block_.reserve(reserve);
}

recording_figures recording_tap::figures() const noexcept {
    auto all = figures_;
    all.scrambled = extractor_.stats().scrambled;
    all.continuity_errors = extractor_.stats().continuity_errors;
    return all;
}

} // namespace cihost::runtime
