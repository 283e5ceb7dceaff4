// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "sim/csa.hpp"
#include "sim/headend/key_schedule.hpp"
#include "sim/headend/service_plan.hpp"

#include <cihost/bytes.hpp>
#include <cihost/time.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace cihost::sim {

/// Scrambles the groups' elementary streams in a growing piece of multiplex. It gathers packets of
/// a group and crypto period, because DVB-CSA is fast in batches alone.
class scrambler {
  public:
    /// Told when a group begins a crypto period, in front of its first packet.
    using period_begins = std::function<void(std::size_t group, duration t)>;

    scrambler(const std::vector<ca_group>& groups, key_schedule& keys, period_begins tell);

    /// Whether the group's packets are scrambled, from the next on.
    void set_clear(std::size_t group, bool clear) { groups_[group].clear = clear; }
    /// The packet at `offset` of `on_air` is due at t.
    void push(bytes& on_air, std::size_t offset, duration t);
    /// Scrambles what was gathered; `on_air` may then be given away.
    void flush(bytes& on_air);

  private:
    struct group_state {
        csa cipher;
        bool clear = false;
        parity current = parity::even;
        duration period_end{};
        std::vector<std::size_t> offsets;
    };
    void flush(bytes& on_air, group_state& group);

    key_schedule& keys_;
    period_begins tell_;
    std::vector<group_state> groups_;
    std::array<std::int16_t, ts::pid_count> group_of_;
    std::vector<std::uint8_t*> batch_;
};

} // namespace cihost::sim
