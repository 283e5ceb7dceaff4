// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cihost/log_record.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace cihost::cli {

/// What the process says of itself when it ends; --help lists them.
enum class exit_status {
    done = 0,
    refused = 1,
    usage = 2,
    unreachable = 3,
    left_out = 4,
    not_clear = 5,
    incomplete = 6
};

struct status_command {
    /// Goes on, and shows it anew when something changes.
    bool watch = false;
};
struct services_command {
    bool scrambled = false;
    std::optional<std::string> receiver;
    /// Part of the name, in upper or lower case, or the program number.
    std::optional<std::string> pattern;
};
struct devices_command {};
struct plan_command {};
struct version_command {};
struct why_command {
    /// As of record_command.
    std::string service;
    std::optional<std::string> receiver;
};
struct record_command {
    /// A program number if it is all digits, else a name.
    std::string service;
    std::optional<std::string> receiver;
    std::optional<std::filesystem::path> file;
    std::optional<std::chrono::seconds> duration;
    /// Left to the daemon: the command ends when it has begun.
    bool background = false;
};
struct record_stop_command {
    std::uint64_t id = 0;
};
struct record_list_command {};
struct stream_command {
    std::string service;
    std::optional<std::string> receiver = {};
};
struct trace_start_command {
    std::filesystem::path file;
    bool from_start = false;
    std::optional<std::string> receiver;
};
struct trace_stop_command {
    std::optional<std::string> receiver;
};
struct cam_list_command {};
/// `cam`: as 'cam list' shows it, by name or by codes.
struct cam_show_command {
    std::string cam;
};
struct cam_pin_command {
    std::string cam;
    bool pinned = true;
    std::optional<std::string> profile;
};
struct cam_forget_command {
    std::string cam;
};
/// What is in the slots now.
struct cams_command {};
/// "roof:1". What is not said is the only one there is.
struct cam_place {
    std::optional<std::string> receiver;
    std::optional<unsigned> slot;
};
struct cam_reset_command {
    cam_place where;
    /// Also if running services are disturbed.
    bool force = false;
};
struct cam_profile_command {
    std::optional<std::string> cam;
    std::optional<std::string> profile;
};
struct menu_command {
    enum class action {
        /// By a person at a terminal.
        walk,
        show,
        choose,
        answer_from_stdin,
        back,
        close,
    };
    cam_place where;
    action what = action::walk;
    unsigned choice = 0;
    /// Only if this is still what is shown.
    std::optional<std::uint64_t> id;
};
struct log_command {
    unsigned lines = 20;
    bool follow = false;
    /// This and what is worse.
    severity level = severity::debug;
    std::optional<std::string> receiver;
};
/// Without a level, the levels are shown.
struct log_level_command {
    std::optional<std::string> area;
    std::optional<std::string> level;
};
struct reload_command {};
struct check_command {
    std::optional<std::filesystem::path> file;
};
/// For the shells: what the last word may go on as.
struct complete_command {
    std::vector<std::string> words;
};

using command =
    std::variant<status_command, services_command, devices_command, plan_command, version_command,
                 record_command, record_stop_command, record_list_command, trace_start_command,
                 trace_stop_command, cam_list_command, cam_show_command, cam_pin_command,
                 cam_forget_command, cams_command, cam_reset_command, cam_profile_command,
                 menu_command, log_command, log_level_command, reload_command, check_command,
                 complete_command, why_command, stream_command>;

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
