// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "daemon/config.hpp"
#include "device/channel_list.hpp"
#include "device/inventory.hpp"

#include <functional>
#include <vector>

namespace cihost::daemon {

/// What a daemon looks up at its start; both block. Empty functions: there is nothing.
struct surroundings {
    std::function<device::channel_list(const channels_config&)> read_channels;
    std::function<std::vector<device::adapter_entry>()> find_adapters;
};

struct planned_receiver {
    /// With its tuning, if it is to stay in one place.
    receiver_config settings;
    /// What its frontend can receive; empty: not known.
    std::vector<device::delivery_system> systems;
};

struct receiver_plan {
    std::vector<planned_receiver> receivers;
    std::vector<device::channel> channels;
    std::vector<runtime::log_record> remarks;
};

/// The receivers that a configuration stands for on this machine: those it lists, or all that the
/// adapters make.
receiver_plan plan_receivers(const config& settings, const surroundings& around);

} // namespace cihost::daemon
