// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "sim/event_log.hpp"
#include "sim/nodes/ports.hpp"

#include <cihost/bytes.hpp>
#include <cihost/time.hpp>

#include <boost/json/object.hpp>

#include <chrono>
#include <cstdint>
#include <optional>

namespace cihost::sim {

/// As linux/dvb/frontend.h numbers them (SYS_*).
enum class delivery_system : std::uint32_t {
    dvbc = 1,
    dvbt = 3,
    dvbs = 5,
    dvbs2 = 6,
    dvbt2 = 16,
};

struct tuner_settings {
    /// Where the one multiplex of this reception area is: what a program asks the frontend for. For
    /// satellite that is the intermediate frequency behind the LNB.
    std::uint64_t frequency_hz = 474'000'000;
    /// How it is sent; nothing: as whoever tunes likes it.
    std::optional<delivery_system> system;
    /// From tuning, or from the signal's return, until lock.
    duration lock_time = std::chrono::milliseconds{150};
};

/// A tuner that knows one multiplex: locks there after a while, and nowhere else. Programs round
/// frequencies, so it locks within capture_range.
class tuner final : public tuner_port {
  public:
    tuner(const tuner_settings& settings, event_log& log);

    static constexpr std::uint64_t capture_range_hz = 500'000;

    /// As a system that fits.
    void tune(std::uint64_t frequency_hz, time_point now) override;
    /// `system` is one of linux/dvb/frontend.h's SYS_*, known here or not.
    void tune(std::uint64_t frequency_hz, delivery_system system, time_point now);
    device::virtual_protocol::frontend_status status(time_point now) const override;
    void power_down(time_point now) override;

    bool locked(time_point now) const noexcept { return now >= lock_at_; }
    std::uint64_t frequency_hz() const noexcept { return settings_.frequency_hz; }
    /// When status() changes next by itself.
    time_point deadline(time_point now) const noexcept;
    /// No signal for that long.
    void lose_lock(duration length, time_point now);
    /// A bad signal: one packet in so many is damaged, of which every second one comes with
    /// transport_error_indicator and the others do not come; 0: a good one.
    void set_noise(unsigned one_in, time_point now);
    /// Packets as they come in.
    void spoil(bytes& packets);
    /// For so long the host is too slow: of each half second one half is lost behind the tuner.
    void slow_host(duration length, time_point now);
    /// Whether what comes now is lost that way; `begins`: nothing was a moment ago.
    enum class overflow { none, begins, lasts };
    overflow overflows(time_point now);

  private:
    void tune(std::uint64_t frequency_hz, bool system_fits, boost::json::object fields,
              time_point now);
    void seek(time_point now);

    tuner_settings settings_;
    event_log& log_;
    bool tuned_here_ = false;
    time_point signal_back_at_{};
    time_point lock_at_ = never;
    unsigned noise_ = 0;
    std::uint64_t noisy_packets_ = 0;
    time_point slow_since_{};
    time_point slow_until_{};
    bool overflowing_ = false;
};

} // namespace cihost::sim
