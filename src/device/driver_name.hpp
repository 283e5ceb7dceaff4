// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <string>

namespace cihost::device {

/// Of the hardware behind a device node, by its device number; empty if not known.
std::string driver_name(const std::filesystem::path& node,
                        const std::filesystem::path& sysfs = "/sys");

} // namespace cihost::device
