// SPDX-License-Identifier: LGPL-2.1-or-later
#include "runtime/device_factory.hpp"

#include "device/virtual_receiver.hpp"

namespace cihost::runtime {

device_factory virtual_devices(const std::filesystem::path& folder) {
    return {
        .where = folder.string(),
        .open_ca = [folder] { return device::open_virtual_ca(folder); },
        .open_frontend = [folder] { return device::open_virtual_frontend(folder); },
        .open_ts_input = [folder] { return device::open_virtual_ts_input(folder); },
    };
}

} // namespace cihost::runtime
