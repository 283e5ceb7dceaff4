// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "daemon/cam_config.hpp"
#include "daemon/http_server.hpp"
#include "daemon/log_levels.hpp"
#include "daemon/recording_file_name.hpp"
#include "daemon/service_ref.hpp"
#include "device/channel_list.hpp"
#include "device/linux_receiver.hpp"
#include "policy/assignment.hpp"
#include "runtime/receiver.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cihost::daemon {

struct receiver_config {
    std::string name = "receiver";
    /// Folder of a virtual receiver's sockets; else `nodes`.
    std::filesystem::path virtual_device;
    std::optional<device::linux_nodes> nodes;
    /// Where it stays: one of both at most. Without, it is tuned as services are asked for.
    std::optional<device::tuning> tuning;
    std::optional<std::string> channel;
    /// Nothing: all of a virtual receiver, of others what is wanted.
    std::optional<bool> full_multiplex;
    /// Wanted for as long as the daemon runs.
    std::vector<service_ref> services;
    /// In place of the profile for all receivers.
    std::optional<std::string> cam_profile;
    /// Trace the conversation with the CAM from the start.
    std::optional<std::filesystem::path> trace;
};

/// The user's channel list.
struct channels_config {
    std::filesystem::path file;
    device::channel_list_settings settings;
};

/// What cihostd.toml says, with the defaults for all that it does not say.
struct config {
    /// What it was read from; empty: from none.
    std::filesystem::path file;

    std::filesystem::path socket;
    unsigned socket_mode = 0660;
    /// Whom the socket belongs to beside the daemon's user; nothing: the daemon's own group.
    std::optional<std::string> socket_group;

    log_levels log;
    /// stderr without it.
    std::optional<std::filesystem::path> log_file;

    std::filesystem::path recording_directory;
    /// What recordings are called: recording_file_name.
    std::string recording_pattern{standard_recording_pattern};

    /// Where streams are to be had; nothing: nowhere.
    std::optional<http_address> http;

    cam_config cam;

    /// Which services belong on which receivers and slots.
    policy::assignment_rules rules;
    policy::assignment_priorities priorities;

    std::optional<channels_config> channels;
    /// How long a receiver without a place of its own stays after the last wanted service.
    std::chrono::seconds idle_after{10};

    /// None: all adapters found.
    std::vector<receiver_config> receivers;
};

/// One thing wrong with a configuration file.
struct config_problem {
    std::string file;
    /// From 1; 0 when the problem has no place in the file.
    unsigned line = 0;
    unsigned column = 0;
    /// "receiver.frequency"; empty when the file as a whole is meant.
    std::string key;
    /// Follows the key: "is not a known key; did you mean 'frequency'?"
    std::string what;
    /// What could stand there instead.
    std::string allowed;

    /// All of it in one line for people.
    std::string text() const;
};

/// A configuration to use if there are no problems; never half of one.
struct config_outcome {
    config value;
    std::vector<config_problem> problems;
    /// The file itself, which is the only problem then.
    bool unreadable = false;

    bool ok() const noexcept { return problems.empty(); }
};

/// Relative paths in the text are taken from the folder of `file`, which is not read.
config_outcome parse_config(std::string_view text, const std::filesystem::path& file);
config_outcome load_config(const std::filesystem::path& file);

/// Where cihostd looks when nobody says --config.
std::filesystem::path default_config_file();

/// What a daemon with this configuration will do, line by line, for `cihostd --check`.
std::string describe(const config& value);

} // namespace cihost::daemon
