// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "daemon/config.hpp"
#include "daemon/device_inventory.hpp"
#include "daemon/surroundings.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace cihost::daemon {

struct planned_receiver {
    /// With its tuning, if it is to stay in one place.
    receiver_config settings;
    /// What its frontend can receive; empty: not known.
    std::vector<device::delivery_system> systems;
    /// Its frontend is there, as far as is known.
    bool present = true;
};

struct receiver_plan {
    std::vector<planned_receiver> receivers;
    std::vector<device::channel> channels;
    /// The channel list could not be read.
    bool no_channels = false;
    std::vector<runtime::log_record> remarks;
    /// What stood there, before anything was asked; see list_nodes().
    std::string listing;
};

/// What a receiver on these nodes is called when nobody names it, which is what device = "…" in a
/// configuration calls it too: "adapter0", or "adapter0/frontend1" for a further one.
std::string receiver_name(const device::linux_nodes& nodes);

/// All receivers that the adapters make.
std::vector<planned_receiver> found_receivers(const device_inventory& inventory);

/// Frontends of the kernel's that the configuration names.
std::vector<std::filesystem::path> configured_frontends(const config& settings);

/// The receivers that a configuration stands for on this machine: those it lists, or all that the
/// adapters make.
receiver_plan plan_receivers(const config& settings, const surroundings& around);

} // namespace cihost::daemon
