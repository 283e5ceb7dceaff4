// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "sim/nodes/node.hpp"

#include <cihost/ts/pid_filter.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace cihost::sim {

/// dvr0 and its demux: gives the packets of the PIDs asked for. Holds 2 MiB for a slow reader;
/// past that, as dvb_dmxdev does, all of it is thrown away and one read fails with EOVERFLOW.
class dvr_node final : public node {
  public:
    dvr_node(listener listening, event_log& log);

    /// Whole packets from the CAM's TS path.
    void deliver(bytes_view packets, time_point now);
    /// As if it had been full.
    void overflow(time_point now);
    std::uint64_t overflows() const noexcept { return overflows_; }

    static constexpr std::size_t capacity = 2 * 1024 * 1024;

  private:
    result<std::vector<unique_fd>> opened() override;
    void closed(time_point now) override;
    void command(const request& asked, bytes_view payload, time_point now) override;
    void progress(const poll_set& set, time_point now) override;
    void prepare_data(poll_set& set) const override;

    bool set_pids(bytes_view payload);
    void flush();

    unique_fd data_;
    ts::pid_filter pids_;
    bytes queue_;
    /// Bytes of queue_ that are sent.
    std::size_t sent_ = 0;
    /// The reader does not know of the loss yet; until it does nothing is queued.
    bool overflow_owed_ = false;
    std::uint64_t overflows_ = 0;
};

} // namespace cihost::sim
