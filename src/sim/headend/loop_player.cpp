// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/headend/loop_player.hpp"

#include "sim/headend/timestamps.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace cihost::sim {
namespace {

duration from_ticks(std::int64_t ticks) noexcept {
    // in two parts: a year of ticks times 1000 does not fit
    const auto whole = std::chrono::seconds{ticks / system_clock_hz};
    return whole + std::chrono::nanoseconds{ticks % system_clock_hz * 1000 / 27};
}

std::int64_t whole_90khz(std::int64_t ticks) noexcept {
    return std::max(ticks_per_90khz,
                    (ticks + ticks_per_90khz / 2) / ticks_per_90khz * ticks_per_90khz);
}

} // namespace

loop_player::loop_player(bytes packets, const pace& timing)
    : packets_{std::move(packets)}
    , timing_{timing}
    , count_{packets_.size() / ts::packet_size}
    , length_{whole_90khz(timing_.time_of(count_))} {}

duration loop_player::loop_length() const noexcept { return from_ticks(length_); }

void loop_player::next(std::span<std::uint8_t, ts::packet_size> packet) noexcept {
    const auto* from = packets_.data() + position_ * ts::packet_size;
    std::copy_n(from, ts::packet_size, packet.data());
    if (shift_ != 0)
        shift_timestamps(packet, shift_ % clock_wrap);
    if (++position_ == count_) {
        position_ = 0;
        ++loops_;
        shift_ += length_;
    }
    schedule();
}

void loop_player::schedule() noexcept {
    // rounding of the loop's length must not turn time back at the seam
    due_ = std::max(due_, from_ticks(shift_ + timing_.time_of(position_)));
}

} // namespace cihost::sim
