// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/receiver/tuner.hpp"

#include <cihost/ts/packet.hpp>

#include <algorithm>
#include <cstddef>
#include <utility>

namespace cihost::sim {

tuner::tuner(const tuner_settings& settings, event_log& log)
    : settings_{settings}
    , log_{log} {}

void tuner::seek(time_point now) {
    lock_at_ = tuned_here_ ? std::max(now, signal_back_at_) + settings_.lock_time : never;
}

void tuner::tune(std::uint64_t frequency_hz, bool system_fits, boost::json::object fields,
                 time_point now) {
    const auto there = settings_.frequency_hz;
    const auto off = frequency_hz > there ? frequency_hz - there : there - frequency_hz;
    tuned_here_ = system_fits && off <= capture_range_hz;
    seek(now);
    fields["found"] = tuned_here_;
    log_.write(now, "receiver", "tune", std::move(fields));
}

void tuner::tune(std::uint64_t frequency_hz, time_point now) {
    tune(frequency_hz, true, {{"frequency", frequency_hz}}, now);
}

void tuner::tune(std::uint64_t frequency_hz, delivery_system system, time_point now) {
    tune(frequency_hz, !settings_.system || *settings_.system == system,
         {{"frequency", frequency_hz}, {"system", static_cast<std::uint32_t>(system)}}, now);
}

time_point tuner::deadline(time_point now) const noexcept {
    auto next = never;
    for (const auto change : {lock_at_, signal_back_at_})
        if (change > now)
            next = std::min(next, change);
    return next;
}

void tuner::power_down(time_point now) {
    tuned_here_ = false;
    seek(now);
    log_.write(now, "receiver", "power_down");
}

void tuner::lose_lock(duration length, time_point now) {
    signal_back_at_ = now + length;
    seek(now);
    log_.write(now, "receiver", "lock_loss",
               {{"seconds", std::chrono::duration<double>(length).count()}});
}

void tuner::set_noise(unsigned one_in, time_point now) {
    noise_ = one_in;
    log_.write(now, "receiver", "noise", {{"one_in", one_in}});
}

void tuner::slow_host(duration length, time_point now) {
    slow_since_ = now;
    slow_until_ = now + length;
    log_.write(now, "receiver", "slow_host",
               {{"seconds", std::chrono::duration<double>(length).count()}});
}

tuner::overflow tuner::overflows(time_point now) {
    constexpr std::chrono::milliseconds half{250};
    const bool lost = now < slow_until_ && (now - slow_since_) / half % 2 == 0;
    const bool begins = lost && !overflowing_;
    overflowing_ = lost;
    return begins ? overflow::begins : lost ? overflow::lasts : overflow::none;
}

void tuner::spoil(bytes& packets) {
    if (noise_ == 0)
        return;
    std::size_t kept = 0;
    for (std::size_t at = 0; at + ts::packet_size <= packets.size(); at += ts::packet_size) {
        const bool damaged = ++noisy_packets_ % noise_ == 0;
        if (damaged && noisy_packets_ / noise_ % 2 == 0)
            continue;
        auto* const packet = packets.data() + kept;
        std::copy_n(packets.data() + at, ts::packet_size, packet);
        kept += ts::packet_size;
        if (!damaged)
            continue;
        packet[1] |= 0x80; // transport_error_indicator
        for (std::size_t byte = 8; byte < ts::packet_size; byte += 20)
            packet[byte] ^= 0x5A;
    }
    packets.resize(kept);
}

device::virtual_protocol::frontend_status tuner::status(time_point now) const {
    if (locked(now))
        return {.locked = 1,
                .strength_mdbm = noise_ == 0 ? -48'000 : -78'000,
                .cnr_mdb = noise_ == 0 ? 27'500 : 8'500};
    const bool signal = tuned_here_ && now >= signal_back_at_;
    return {.locked = 0, .strength_mdbm = signal ? -48'000 : -96'000, .cnr_mdb = 0};
}

} // namespace cihost::sim
