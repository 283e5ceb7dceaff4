// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <ctime>
#include <filesystem>
#include <string>
#include <string_view>

namespace cihost::daemon {

/// "Das-Erste-HD_28106_20261122-201500_Tagesschau.ts".
inline constexpr std::string_view standard_recording_pattern =
    "{service}_{number}_{date}-{time}_{title}";

/// What a recording may be called after.
struct recording_facts {
    std::string service;
    std::string provider;
    std::uint16_t program_number = 0;
    std::string receiver;
    /// Of the event that runs; empty: not known.
    std::string title;
    /// For {date} and {time}, which are local.
    std::time_t when = 0;
};

/// What is wrong with a pattern: a field that there is not, a brace alone, a folder that leads out.
/// Empty: nothing.
std::string recording_pattern_fault(std::string_view pattern);
/// The fields that a pattern may have.
std::string recording_pattern_fields();

/// What a recording is called when nobody says, by a pattern without fault; a '/' in it makes
/// folders. What comes off the air is cut to 80 bytes, and letters, digits and UTF-8 of it get
/// through; a field that is empty takes what separates it along.
std::filesystem::path recording_file_name(std::string_view pattern, const recording_facts& facts);

/// Further parts of a recording: "a.ts", "a_2.ts", …
std::filesystem::path recording_part_name(const std::filesystem::path& first, std::size_t number);

/// `file` itself or, where something has that name, one beside it with the local time in it:
/// "start-20261122-201500.pcapng".
std::filesystem::path unused_file_name(const std::filesystem::path& file, std::time_t when);

} // namespace cihost::daemon
