// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "device/ca_device.hpp"
#include "device/frontend.hpp"
#include "device/linux_receiver.hpp"
#include "device/ts_input.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace cihost::runtime {

/// How a receiver comes by its devices. Each function may block and is called on a thread that
/// may, again and again while it fails.
struct device_factory {
    enum class node { frontend, ts_input, ca };

    /// What the devices are called in sentences.
    std::string where;
    /// One or two sentences: which node gave this error, and what to do about it. May look around
    /// (who holds the node, who may open it), so not on the control thread.
    std::function<std::string(node, error_code)> explain;
    /// When tuner or stream are unplugged, the CA device is too.
    bool one_adapter = true;
    /// None: a receiver without a CI slot.
    std::function<result<std::unique_ptr<device::ca_device>>()> open_ca;
    std::function<result<std::unique_ptr<device::frontend>>()> open_frontend;
    std::function<result<std::unique_ptr<device::ts_input>>()> open_ts_input;
    /// How files of recordings are created, on a thread for each: as open(2). None: by it.
    std::function<int(const std::filesystem::path&)> create_file = {};
};

/// By `explain` where there is one.
std::string explain(const device_factory& devices, device_factory::node node,
                    const error_code& error);

device_factory virtual_devices(const std::filesystem::path& folder);
/// Devices of the kernel. `nodes.ca` may be empty: a receiver without a CI slot.
device_factory linux_devices(const device::linux_nodes& nodes);

} // namespace cihost::runtime
