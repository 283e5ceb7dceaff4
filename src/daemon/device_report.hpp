// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "daemon/device_inventory.hpp"
#include "daemon/receiver_set.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <vector>

namespace cihost::daemon {

/// A receiver of this daemon, as far as its devices go.
struct device_user {
    std::string name;
    device::linux_nodes nodes;
    bool present = true;
    runtime::receiver_report report;
};

/// Those of the kernel's devices.
std::vector<device_user> device_users(const receiver_set& receivers);

/// Why a receiver has nothing to work with, for one that was not asked to.
std::string absent_reason(const device::linux_nodes& nodes);

/// The inventory as CONTROL.md gives it, without `text`. What a user's receiver holds cannot be
/// asked, so its own report says how the slots are.
boost::json::object device_report(const device_inventory& found,
                                  const std::vector<device_user>& users);

} // namespace cihost::daemon
