// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/channel_list.hpp"

namespace cihost::device {

channel_list read_channel_list(const std::filesystem::path& file, const channel_list_settings&) {
    channel_list none;
    none.error =
        file.string() +
        ": this build has no libdvbv5, which reads channel lists. Install libdvbv5-dev and "
        "libudev-dev, and build again.";
    return none;
}

} // namespace cihost::device
