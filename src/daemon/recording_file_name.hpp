// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <ctime>
#include <filesystem>
#include <string_view>

namespace cihost::daemon {

/// "Das-Erste-HD_28106_20261122-165639.ts": what a recording is called when nobody says. The name
/// comes off the air; letters, digits and UTF-8 alone get through. `when` in local time.
std::filesystem::path recording_file_name(std::string_view service_name,
                                          std::uint16_t program_number, std::time_t when);

/// `file` itself or, where something has that name, one beside it with the local time in it:
/// "start-20261122-201500.pcapng".
std::filesystem::path unused_file_name(const std::filesystem::path& file, std::time_t when);

} // namespace cihost::daemon
