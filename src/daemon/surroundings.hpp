// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "daemon/config.hpp"
#include "daemon/device_inventory.hpp"
#include "device/channel_list.hpp"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace cihost::daemon {

/// What a daemon looks up; all of them block. Empty functions: there is nothing.
struct surroundings {
    std::function<device::channel_list(const channels_config&)> read_channels;
    std::function<std::vector<device::adapter_entry>()> find_adapters;
    /// For those who found none.
    std::function<std::string()> explain_no_adapters;
    /// A text to tell a change of the adapters by.
    std::function<std::string()> list_nodes;
};

/// This machine's.
surroundings this_machine();

/// All of `around` at once; blocks.
device_inventory take_inventory(const surroundings& around,
                                const std::vector<std::filesystem::path>& frontends = {});

/// What is there as a text to tell a change by; hardly blocks.
std::string list_nodes(const surroundings& around,
                       const std::vector<std::filesystem::path>& frontends = {});

} // namespace cihost::daemon
