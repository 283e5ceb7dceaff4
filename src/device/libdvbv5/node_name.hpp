// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace cihost::device::dvbv5 {

/// libdvbv5 opens no path but a device by the kernel's name: "dvb0.frontend1" for
/// /dev/dvb/adapter0/frontend1, or for a symbolic link to it. None for anything else.
std::optional<std::string> frontend_name(const std::filesystem::path& node);

} // namespace cihost::device::dvbv5
