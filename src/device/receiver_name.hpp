// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "device/linux_receiver.hpp"

#include <filesystem>
#include <optional>
#include <string_view>

namespace cihost::device {

/// The nodes of "adapter0", "adapter1/frontend1", or the same behind "/dev/dvb/": those of the
/// frontend's number, there or not. Nothing: it is no such name. `root` is /dev/dvb but for tests.
std::optional<linux_nodes> nodes_named(std::string_view text,
                                       const std::filesystem::path& root = "/dev/dvb");

} // namespace cihost::device
