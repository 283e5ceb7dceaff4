// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "sim/nodes/command_channel.hpp"
#include "sim/nodes/ports.hpp"

#include <cstdint>
#include <optional>

namespace cihost::sim {

/// What one slot of ca0 answers: its status and the writes to it. A module that is not free blocks
/// a write for 500 ms, and nothing but its own slot's channel.
class slot_channel {
  public:
    slot_channel(unsigned number, module_port& module) noexcept
        : number_{number}
        , module_{module} {}

    module_port& module() const noexcept { return module_; }

    void open(unique_fd socket) noexcept { channel_ = command_channel{std::move(socket)}; }
    void close() noexcept;
    void prepare(poll_set& set) const { channel_.prepare(set); }
    /// False: the opener broke the protocol.
    bool serve(const poll_set& set, time_point now);
    /// When serve() is due without anything becoming ready.
    time_point deadline(time_point now) const;

  private:
    struct blocked_write {
        /// [tcid][TPDU]
        bytes tpdu;
        time_point until{};
    };

    bool obey(const command_channel::request& asked, time_point now);
    bool get_slot_info(std::uint32_t slot, time_point now);
    bool begin_write(bytes_view payload, time_point now);
    bool retry_write(time_point now);

    unsigned number_;
    module_port& module_;
    command_channel channel_;
    std::optional<blocked_write> blocked_;
};

} // namespace cihost::sim
