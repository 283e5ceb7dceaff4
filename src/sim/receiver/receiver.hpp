// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "sim/headend/headend.hpp"
#include "sim/receiver/cam_slot.hpp"
#include "sim/receiver/dump_writer.hpp"
#include "sim/receiver/tuner.hpp"

#include <cihost/bytes.hpp>
#include <cihost/time.hpp>

#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

namespace cihost::sim {

/// The virtual receiver's stream path: head-end → tuner → each CAM's TS path in turn → demux.
class receiver {
  public:
    /// Where packets go that have passed the CAMs.
    using ts_sink = std::function<void(bytes_view packets, time_point now)>;

    /// The head-end, the CAMs (one a slot), the dumps (may be null) and the log outlive this.
    receiver(headend& transmitter, const std::vector<cam*>& modules,
             const tuner_settings& reception, dump_writer* dumps, event_log& log);

    /// Brings everything due until `now` to the sink.
    void play(time_point now, const ts_sink& demux);
    time_point deadline() const { return headend_.deadline(); }

    tuner& reception() noexcept { return tuner_; }
    std::deque<cam_slot>& slots() noexcept { return slots_; }
    headend& transmitter() noexcept { return headend_; }
    /// Given while the tuner was locked.
    std::uint64_t packets() const noexcept { return packets_; }

  private:
    headend& headend_;
    tuner tuner_;
    std::deque<cam_slot> slots_;
    dump_writer* dumps_;
    event_log& log_;
    bool locked_ = false;
    std::uint64_t packets_ = 0;
};

} // namespace cihost::sim
