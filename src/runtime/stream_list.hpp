// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "runtime/receiver.hpp"
#include "runtime/stream_pump.hpp"
#include "runtime/tap_feed.hpp"

#include <cstdint>
#include <functional>
#include <map>

namespace cihost::runtime {

/// The services of one receiver that are streamed to viewers, on the control thread.
class stream_list {
  public:
    struct hooks {
        /// A stream wants its service for as long as it runs.
        std::function<void(std::uint16_t program_number)> want;
        std::function<void(std::uint16_t program_number)> unwant;
    };

    stream_list(stream_pump& pump, tap_feed feed, hooks h);

    std::uint64_t start(std::uint16_t program_number, stream_sink sink);
    /// Nothing for an unknown id.
    void stop(std::uint64_t id);
    bool active() const noexcept { return !streams_.empty(); }
    /// How many of this service.
    unsigned count(std::uint16_t program_number) const;

    void pmt_changed(std::uint16_t program_number) const;
    void events_changed(std::uint16_t program_number) const;
    void descriptions_changed() const;
    void service_gone(std::uint16_t program_number) const;

  private:
    template<class Function>
    void each(std::uint16_t program_number, Function function) const;

    stream_pump& pump_;
    const tap_feed feed_;
    const hooks hooks_;
    /// Their services.
    std::map<std::uint64_t, std::uint16_t> streams_;
    /// Taps of recordings have small numbers.
    std::uint64_t next_id_ = std::uint64_t{1} << 63;
};

} // namespace cihost::runtime
