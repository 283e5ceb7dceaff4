// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "device/linux_receiver.hpp"
#include "runtime/device_factory.hpp"
#include "runtime/receiver.hpp"

#include <cihost/receiver.hpp>
#include <cihost/tuning.hpp>

#include <filesystem>
#include <optional>

namespace cihost::embedded {

/// What a program's settings stand for.
struct devices_and_settings {
    runtime::device_factory devices;
    runtime::receiver_settings settings;
    /// Of the kernel's devices, which want to be told the delivery system; nothing: a virtual
    /// receiver.
    std::optional<device::linux_nodes> nodes = {};
};

/// Throws receiver_error: invalid, not_found. `root` is /dev/dvb but for tests.
devices_and_settings understand(const receiver_settings& settings,
                                const std::filesystem::path& root = "/dev/dvb");

/// Whether all is there that a receiver needs to get there. Throws receiver_error: invalid.
void require_details(const tuning& where, bool of_kernel);

} // namespace cihost::embedded
