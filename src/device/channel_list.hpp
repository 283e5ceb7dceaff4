// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "device/tuning.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace cihost::device {

/// A service of the user's channel list.
struct channel {
    std::string name;
    std::uint16_t program_number = 0;
    device::tuning tuning;

    friend bool operator==(const channel&, const channel&) = default;
};

enum class channel_format {
    /// Told by the file's content.
    automatic,
    /// [NAME] with KEY = VALUE lines, as dvbv5-scan writes it.
    dvbv5,
    /// One line a service with colons, as the older scan writes it.
    zap,
};

struct channel_list_settings {
    channel_format format = channel_format::automatic;
    /// A zap file does not say its delivery system when that is not the one its fields suggest.
    delivery_system system = delivery_system::unspecified;
    /// For satellite channels that name none.
    std::string lnb = "UNIVERSAL";
    int satellite_number = -1;
};

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
