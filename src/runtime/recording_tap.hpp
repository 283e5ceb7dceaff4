// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "runtime/recording_gaps.hpp"
#include "runtime/stream_watch.hpp"
#include "ts/service_extractor.hpp"

#include <cihost/bytes.hpp>
#include <cihost/time.hpp>
#include <cihost/ts/packet.hpp>
#include <cihost/ts/pmt.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace cihost::runtime {

/// One recording, or stream to viewers, within the pump: takes its service out of the multiplex and
/// hands it on in large blocks of whole packets. Lives on the pump's thread.
class recording_tap {
  public:
    /// Where the blocks go. False: there is no room, and the block is lost.
    using block_sink = std::function<bool(bytes)>;

    recording_tap(std::uint64_t id, std::uint16_t program_number, block_sink sink,
                  std::shared_ptr<recording_gaps> gaps = {});

    void set_pmt(const ts::pmt& table, std::uint16_t transport_stream_id, ts::pid_t pmt_pid);
    /// The service's own SDT and EIT: service_extractor.
    void set_description(std::vector<bytes> sdt) { extractor_.set_description(std::move(sdt)); }
    void set_events(std::vector<bytes> eit) { extractor_.set_events(std::move(eit)); }
    /// The service is not there: nothing is taken until the next set_pmt(), after which every
    /// stream begins anew.
    void suspend();
    /// Nothing comes for a while; after that every stream begins anew.
    void interrupted();
    /// Another stream comes under this PID from here on.
    void interrupted(ts::pid_t pid) { extractor_.interrupted(pid); }
    /// The PIDs that push() is to be called for.
    const std::vector<ts::pid_t>& pids() const noexcept { return pids_; }

    void push(ts::packet_view packet, time_point now);
    /// Hands over what has waited for 100 ms.
    void tick(time_point now);
    /// Hands over everything.
    void flush();
    bool pending() const noexcept { return !block_.empty(); }
    std::uint64_t id() const noexcept { return figures_.id; }
    recording_figures figures() const noexcept;

  private:
    using wall_clock = recording_gaps::clock;

    void note_gaps();
    /// Bytes handed on, and those that will be.
    std::uint64_t position() const noexcept {
        return figures_.packets * ts::packet_size + block_.size();
    }

    block_sink sink_;
    std::shared_ptr<recording_gaps> gaps_;
    /// As gaps_ has them.
    std::uint64_t scrambled_noted_ = 0;
    std::uint64_t errors_noted_ = 0;
    /// Since when the service is away.
    std::optional<wall_clock::time_point> away_since_;
    ts::service_extractor extractor_;
    std::vector<ts::pid_t> pids_;
    bytes block_;
    time_point block_since_ = never;
    /// The latest packets of the service.
    time_point taken_at_ = never;
    recording_figures figures_;
};

} // namespace cihost::runtime
