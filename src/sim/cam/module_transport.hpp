// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "sim/cam/behaviour.hpp"
#include "sim/cam/fault_plan.hpp"
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
    /// Of an SPDU that the host sends in pieces.
    static constexpr std::size_t max_spdu_size = 65535;

    module_transport(duration think_time, const link_behaviour& link, fault_plan& faults,
                     journal& log) noexcept
        : think_time_{think_time}
        , link_{link}
        , faults_{faults}
        , log_{log} {}

    void power_on() noexcept;
    /// The link is new: connections are gone.
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

    /// When the answer that is owed can be read; never if none is.
    time_point deadline() const noexcept { return owed_ ? answer_at_ : never; }

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

    /// Whether the module is dead, by this TPDU or one before it.
    bool dies_of(std::uint8_t tag, bytes_view body, time_point now);
    /// What the host gets in place of the answer.
    bytes spoilt(cam_fault fault, bytes block);
    input obey(std::uint8_t tag, bytes_view body, time_point now);
    input create(std::uint8_t tcid, time_point now);
    input take_data(bool last, bytes_view data, time_point now);
    bool data_available(time_point now) const noexcept {
        return !queue_.empty() && queue_.front().ready_at <= now;
    }

    duration think_time_;
    link_behaviour link_;
    fault_plan& faults_;
    journal& log_;
    bool dead_ = false;
    std::optional<time_point> polled_at_;
    time_point answer_at_{};
    std::uint32_t noise_ = 0xC140;
    std::optional<std::uint8_t> tcid_;
    std::optional<answer> owed_;
    std::deque<outgoing> queue_;
    bytes joined_;
};

} // namespace cihost::sim
