// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "sim/event_log.hpp"
#include "sim/nodes/ports.hpp"

#include <cihost/time.hpp>

#include <chrono>
#include <cstdint>

namespace cihost::sim {

struct tuner_settings {
    /// Where the one multiplex of this reception area is.
    std::uint64_t frequency_hz = 474'000'000;
    /// From tuning, or from the signal's return, until lock.
    duration lock_time = std::chrono::milliseconds{150};
};

/// A tuner that knows one multiplex: locks there after a while, and nowhere else.
class tuner final : public tuner_port {
  public:
    tuner(const tuner_settings& settings, event_log& log);

    void tune(std::uint64_t frequency_hz, time_point now) override;
    device::virtual_protocol::frontend_status status(time_point now) const override;
    void power_down(time_point now) override;

    bool locked(time_point now) const noexcept { return now >= lock_at_; }
    std::uint64_t frequency_hz() const noexcept { return settings_.frequency_hz; }
    /// No signal for that long.
    void lose_lock(duration length, time_point now);

  private:
    void seek(time_point now);

    tuner_settings settings_;
    event_log& log_;
    bool tuned_here_ = false;
    time_point signal_back_at_{};
    time_point lock_at_ = never;
};

} // namespace cihost::sim
