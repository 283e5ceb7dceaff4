// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "device/tuning.hpp"

#include <cihost/channel.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace cihost::device {

using cihost::channel;
using cihost::channel_format;
using cihost::channel_list_settings;

struct channel_list {
    std::vector<channel> channels;
    /// Lines and entries that were passed over, a sentence each, with file and place.
    std::vector<std::string> remarks;
    /// Why there is no list at all: a sentence; empty = well.
    std::string error;
};

/// Reads a channel file by libdvbv5. Without libdvbv5: an error that says so.
channel_list read_channel_list(const std::filesystem::path& file,
                               const channel_list_settings& settings = {});

} // namespace cihost::device
