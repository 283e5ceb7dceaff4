// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "device/inventory.hpp"

#include <cihost/error.hpp>

#include <string>

namespace cihost::device {

/// Why `node` could not be asked what it is, with the remedy. `what` is what it should be: "a
/// frontend".
std::string query_problem(const node_entry& node, const std::string& what, const error_code& error);

/// "/dev/dvb/adapter0/ca0 is in use by dvblast (process 4711): stop it, or leave this device to
/// it." Empty: in use by nobody but this process.
std::string in_use_problem(const node_entry& node);

} // namespace cihost::device
