// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/receiver/tuner.hpp"

#include <algorithm>
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

device::virtual_protocol::frontend_status tuner::status(time_point now) const {
    if (locked(now))
        return {.locked = 1, .strength_mdbm = -48'000, .cnr_mdb = 27'500};
    const bool signal = tuned_here_ && now >= signal_back_at_;
    return {.locked = 0, .strength_mdbm = signal ? -48'000 : -96'000, .cnr_mdb = 0};
}

} // namespace cihost::sim
