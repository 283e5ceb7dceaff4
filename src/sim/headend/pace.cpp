// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/headend/pace.hpp"

#include "sim/headend/timestamps.hpp"

#include <algorithm>

namespace cihost::sim {
namespace {

constexpr double bits_per_packet = 8.0 * ts::packet_size;
/// The rate of a stream that tells no time at all.
constexpr double guessed_bits_per_second = 8e6;
/// What a clock may claim: from one slow radio service to more than any transponder carries.
constexpr double least_bits_per_second = 5e3;
constexpr double most_bits_per_second = 1e9;
/// PCRs come every 100 ms (DVB: 40 ms); a longer step is a cut in the recording.
constexpr std::int64_t longest_pcr_step = system_clock_hz;
/// PTS of subtitles may pause longer; a cut shows as a step back or a leap.
constexpr std::int64_t longest_pts_step = 10 * system_clock_hz;

double ticks_per_packet_at(double bits_per_second) {
    return bits_per_packet / bits_per_second * static_cast<double>(system_clock_hz);
}

bool plausible(double ticks_per_packet) {
    return ticks_per_packet >= ticks_per_packet_at(most_bits_per_second) &&
           ticks_per_packet <= ticks_per_packet_at(least_bits_per_second);
}

struct progress {
    double ticks = 0;
    double packets = 0;
};

/// Sums the steps that are no cuts.
template<class Points>
progress total(const Points& clock, std::int64_t longest_step) {
    progress sum;
    for (std::size_t i = 1; i < clock.size(); ++i) {
        const auto step = clock_step(clock[i - 1].clock, clock[i].clock);
        if (step <= 0 || step > longest_step)
            continue;
        sum.ticks += static_cast<double>(step);
        sum.packets += static_cast<double>(clock[i].packet - clock[i - 1].packet);
    }
    return sum;
}

/// The PID that tells the time most often.
template<class Map>
const typename Map::mapped_type* densest(const Map& clocks) {
    const auto it =
        std::max_element(clocks.begin(), clocks.end(), [](const auto& a, const auto& b) {
            return a.second.size() < b.second.size();
        });
    return it == clocks.end() ? nullptr : &it->second;
}

} // namespace

std::int64_t pace::time_of(std::size_t packet) const noexcept {
    const auto next = std::upper_bound(
        segments_.begin(), segments_.end(), packet,
        [](std::size_t value, const segment& s) { return value < s.first_packet; });
    const auto& s = *(next - 1);
    return static_cast<std::int64_t>(s.start + static_cast<double>(packet - s.first_packet) *
                                                   s.ticks_per_packet);
}

double pace::packets_per_second() const noexcept {
    return static_cast<double>(system_clock_hz) / ticks_per_packet_;
}

void pace_meter::push(ts::packet_view packet) {
    if (const auto pcr = read_pcr(packet))
        pcr_[packet.pid()].push_back({packets_, *pcr});
    if (const auto dts = read_dts(packet))
        pts_[packet.pid()].push_back({packets_, *dts});
    ++packets_;
}

bool pace_meter::by_segments(const points& clock, pace& out) {
    const auto sum = total(clock, longest_pcr_step);
    if (sum.packets == 0 || !plausible(sum.ticks / sum.packets))
        return false;
    const double average = sum.ticks / sum.packets;
    out.from_ = pace::source::pcr;
    out.segments_ = {{0, 0, average}};
    for (std::size_t i = 0; i + 1 < clock.size(); ++i) {
        const auto packets = static_cast<double>(clock[i + 1].packet - clock[i].packet);
        const auto step = clock_step(clock[i].clock, clock[i + 1].clock);
        const double rate = static_cast<double>(step) / packets;
        const bool cut = step <= 0 || step > longest_pcr_step || !plausible(rate);
        const auto& before = out.segments_.back();
        out.segments_.push_back(
            {clock[i].packet,
             before.start + static_cast<double>(clock[i].packet - before.first_packet) *
                                before.ticks_per_packet,
             cut ? average : rate});
    }
    const auto& last = out.segments_.back();
    const double start = last.start + static_cast<double>(clock.back().packet - last.first_packet) *
                                          last.ticks_per_packet;
    out.segments_.push_back({clock.back().packet, start, average});
    return true;
}

bool pace_meter::by_average(const points& clock, pace& out) {
    const auto sum = total(clock, longest_pts_step);
    if (sum.packets == 0 || !plausible(sum.ticks / sum.packets))
        return false;
    out.from_ = pace::source::pts;
    // PES packets come in bursts: only the average means anything
    out.segments_ = {{0, 0, sum.ticks / sum.packets}};
    return true;
}

pace pace_meter::result() const {
    pace out;
    const auto* pcr = densest(pcr_);
    const auto* pts = densest(pts_);
    if (!(pcr != nullptr && by_segments(*pcr, out)) && !(pts != nullptr && by_average(*pts, out)))
        out.segments_ = {{0, 0, ticks_per_packet_at(guessed_bits_per_second)}};
    out.ticks_per_packet_ =
        packets_ == 0 ? out.segments_.back().ticks_per_packet
                      : static_cast<double>(out.time_of(packets_)) / static_cast<double>(packets_);
    return out;
}

} // namespace cihost::sim
