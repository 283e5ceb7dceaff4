// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/receiver/tuner.hpp"

#include <algorithm>

namespace cihost::sim {

tuner::tuner(const tuner_settings& settings, event_log& log)
    : settings_{settings}
    , log_{log} {}

void tuner::seek(time_point now) {
    lock_at_ = tuned_here_ ? std::max(now, signal_back_at_) + settings_.lock_time : never;
}

void tuner::tune(std::uint64_t frequency_hz, time_point now) {
    tuned_here_ = frequency_hz == settings_.frequency_hz;
    seek(now);
    log_.write(now, "receiver", "tune", {{"frequency", frequency_hz}, {"found", tuned_here_}});
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
