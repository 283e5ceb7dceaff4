// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "runtime/disk_writer.hpp"
#include "runtime/stream_watch.hpp"
#include "ts/service_extractor.hpp"

#include <cihost/bytes.hpp>
#include <cihost/time.hpp>
#include <cihost/ts/packet.hpp>
#include <cihost/ts/pmt.hpp>

#include <cstdint>
#include <memory>
#include <vector>

namespace cihost::runtime {

/// One recording within the pump: takes its service out of the multiplex and hands it to the disk
/// in large blocks of whole packets. Lives on the pump's thread.
class recording_tap {
  public:
    recording_tap(std::uint64_t id, std::uint16_t program_number, disk_writer& disk,
                  std::shared_ptr<disk_file> file);

    void set_pmt(const ts::pmt& table, std::uint16_t transport_stream_id, ts::pid_t pmt_pid);
    /// The service is not there: nothing is taken until the next set_pmt(), after which every
    /// stream begins anew.
    void suspend();
    /// Another stream comes under this PID from here on.
    void interrupted(ts::pid_t pid) { extractor_.interrupted(pid); }
    /// The PIDs that push() is to be called for.
    const std::vector<ts::pid_t>& pids() const noexcept { return pids_; }

    void push(ts::packet_view packet, time_point now);
    /// Hands over what has waited for 250 ms.
    void tick(time_point now);
    /// Hands over everything.
    void flush();
    bool pending() const noexcept { return !block_.empty(); }
    std::uint64_t id() const noexcept { return figures_.id; }
    recording_figures figures() const noexcept;

  private:
    disk_writer& disk_;
    std::shared_ptr<disk_file> file_;
    ts::service_extractor extractor_;
    std::vector<ts::pid_t> pids_;
    bytes block_;
    time_point block_since_ = never;
    recording_figures figures_;
};

} // namespace cihost::runtime
