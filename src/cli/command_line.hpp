// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <variant>

namespace cihost::cli {

/// What the process says of itself when it ends; --help lists them.
enum class exit_status { done = 0, refused = 1, usage = 2, unreachable = 3 };

struct status_command {};
struct services_command {};
struct devices_command {};
struct version_command {};
struct record_command {
    /// A program number if it is all digits, else a name.
    std::string service;
    std::optional<std::string> receiver;
    std::optional<std::filesystem::path> file;
    std::optional<std::chrono::seconds> duration;
};
struct record_stop_command {
    std::uint64_t id = 0;
};
struct record_list_command {};
struct trace_start_command {
    std::filesystem::path file;
    bool from_start = false;
    std::optional<std::string> receiver;
};
struct trace_stop_command {
    std::optional<std::string> receiver;
};

using command =
    std::variant<status_command, services_command, devices_command, version_command, record_command,
                 record_stop_command, record_list_command, trace_start_command, trace_stop_command>;

struct command_line {
    /// Where the daemon listens.
    std::filesystem::path socket;
    /// Print the daemon's answer as it came.
    bool json = false;
    cli::command command;
};

/// Nothing to carry out: help was asked for, or the line is wrong.
struct command_line_end {
    exit_status status = exit_status::done;
    /// For stdout if done, else for stderr.
    std::string text;
};

/// `arguments` without the program's name. File names come out absolute: the daemon has another
/// working folder.
std::variant<command_line, command_line_end>
parse_command_line(std::span<const std::string> arguments);

/// The user's own daemon if there is one, else the system's.
std::filesystem::path default_socket();

} // namespace cihost::cli
