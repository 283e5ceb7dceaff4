// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "device/inventory.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace cihost::device {

/// "/dev/dvb/adapter0/ca0 is in use by dvblast (process 4711): stop it, or leave this CA device to
/// it." Empty: in use by nobody but this process.
std::string explain_holders(const std::filesystem::path& node,
                            const std::vector<node_holder>& holders);

} // namespace cihost::device
