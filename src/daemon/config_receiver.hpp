// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "daemon/config.hpp"
#include "daemon/config_reader.hpp"

#include <filesystem>

namespace cihost::daemon {

/// Reads the devices of one [[receiver]]: where its nodes are, or its virtual receiver. Relative
/// folders start at `folder`.
void read_devices(config_reader& r, const std::filesystem::path& folder, receiver_config& value);

/// Reads where one [[receiver]] is tuned to: a frequency with what belongs to it, or a channel.
/// `listed`: there is a channel list.
void read_tuning(config_reader& r, const toml::table& table, bool listed, receiver_config& value);

/// Reads [channels].
void read_channels(config_reader& r, const toml::table& table, const std::filesystem::path& folder,
                   channels_config& value);

} // namespace cihost::daemon
