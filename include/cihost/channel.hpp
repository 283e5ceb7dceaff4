// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/tuning.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace cihost {

/// A service of the user's channel list.
struct channel {
    std::string name = {};
    std::uint16_t program_number = 0;
    cihost::tuning tuning = {};

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

/// Reads a channel file by libdvbv5; what in it is no channel is passed over, with a sentence for
/// each, file and place in it, in `remarks`. Throws receiver_error: not_found when there is no such
/// file, failed when it cannot be read, is no channel list, or this build has no libdvbv5.
std::vector<channel> read_channels(const std::filesystem::path& file,
                                   const channel_list_settings& settings = {},
                                   std::vector<std::string>* remarks = nullptr);

/// The channel of that name; if none has it, the one whose name differs in the case of A to Z
/// alone. Throws receiver_error: not_found, with the name that was perhaps meant.
channel find_channel(const std::vector<channel>& channels, std::string_view name);

} // namespace cihost
