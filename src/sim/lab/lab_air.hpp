// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "sim/event_log.hpp"
#include "sim/lab/lab_protocol.h"
#include "sim/lab/record_channel.hpp"
#include "sim/nodes/poll_set.hpp"
#include "sim/receiver/tuner.hpp"

#include <cihost/bytes.hpp>
#include <cihost/time.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace cihost::sim {

/// The air of an adapter of the kernel lab: what a program tunes goes to the tuner, lock, level and
/// packets go to the driver. Satellite frequencies come in kHz there and are Hz here.
class lab_air {
  public:
    /// The tuner and the log outlive this.
    lab_air(record_channel node, tuner& reception, event_log& log);

    void prepare(poll_set& set) const;
    void serve(time_point now);
    time_point deadline(time_point now) const { return reception_.deadline(now); }
    /// Whole packets. Those the driver does not take at once are lost, and the log says how many.
    void deliver(bytes_view packets, time_point now);
    const std::string& failure() const noexcept { return node_.failure(); }

  private:
    void obey(const record_channel::record& record, time_point now);
    bool tune(bytes_view payload, time_point now);
    void tell_signal(time_point now);
    void count_lost(std::size_t packets, time_point now);

    record_channel node_;
    tuner& reception_;
    event_log& log_;
    /// What the driver has been told; it forgets when a program tunes.
    std::optional<device::virtual_protocol::frontend_status> told_;
    bool held_up_ = false;
    /// Packets of the present overflow.
    std::uint64_t lost_ = 0;
};

} // namespace cihost::sim
