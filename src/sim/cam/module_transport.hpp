// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "sim/cam/journal.hpp"

#include <cihost/bytes.hpp>
#include <cihost/time.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

namespace cihost::sim {

/// The module's side of the transport layer, EN 50221 §7.1: one transport connection. It answers
/// each C_TPDU with one R_TPDU, holds its own data back until the host fetches them by RCV, and
/// never speaks by itself.
class module_transport {
  public:
    /// Longer SPDUs leave in Data_More and Data_Last objects, so that the host has to join them.
    static constexpr std::size_t fragment_size = 250;
    /// Of an SPDU that the host sends in pieces.
    static constexpr std::size_t max_spdu_size = 65535;

    module_transport(duration think_time, journal& log) noexcept
        : think_time_{think_time}
        , log_{log} {}

    /// Power-on.
    void reset() noexcept;

    /// What a block meant for the layer above.
    struct input {
        /// The connection is new: former sessions are gone.
        bool created = false;
        bool deleted = false;
        std::optional<bytes> spdu;
    };
    input host_wrote(bytes_view block, time_point now);

    /// The R_TPDU owed for the last C_TPDU, if any: [tcid][objects…][SB].
    std::optional<bytes> host_reads(time_point now);

    /// Queues one SPDU. The module thinks about one object at a time: each is ready think_time
    /// after the event that caused it or the object before it, whichever is later.
    void send(bytes spdu, time_point now);

  private:
    struct answer {
        std::uint8_t tag = 0;
        std::uint8_t tcid = 0;
    };
    struct outgoing {
        std::uint8_t tag = 0;
        bytes data;
        time_point ready_at;
    };

    input obey(std::uint8_t tag, bytes_view body, time_point now);
    input create(std::uint8_t tcid, time_point now);
    input take_data(bool last, bytes_view data, time_point now);
    bool data_available(time_point now) const noexcept {
        return !queue_.empty() && queue_.front().ready_at <= now;
    }

    duration think_time_;
    journal& log_;
    std::optional<std::uint8_t> tcid_;
    std::optional<answer> owed_;
    std::deque<outgoing> queue_;
    bytes joined_;
};

} // namespace cihost::sim
