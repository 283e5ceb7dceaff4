// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "device/ca_device.hpp"
#include "device/frontend.hpp"
#include "device/ts_input.hpp"

#include <filesystem>
#include <memory>

namespace cihost::device {

/// The nodes of a virtual receiver (device/virtual_protocol.hpp) in `folder`. Each call connects
/// and may block like an open(). Errors are errno values: ENOENT or ECONNREFUSED when no receiver
/// runs there, EBUSY when a node is open already.
result<std::unique_ptr<ca_device>> open_virtual_ca(const std::filesystem::path& folder);
result<std::unique_ptr<frontend>> open_virtual_frontend(const std::filesystem::path& folder);
/// Its read() wants room for 64 packets (EINVAL): one read is one message of the node.
result<std::unique_ptr<ts_input>> open_virtual_ts_input(const std::filesystem::path& folder);

} // namespace cihost::device
