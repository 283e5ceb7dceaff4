// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/state_words.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Values as people read them.
namespace cihost::cli {

/// "1,234,567".
std::string count(std::uint64_t value);
/// "17 bytes", "12.3 MiB".
std::string size(std::uint64_t bytes);
/// "0.42 s".
std::string seconds(double value);
/// "474 MHz", "11.954 GHz".
std::string frequency(std::uint64_t hz);
/// "01A2".
std::string hex16(std::uint16_t value);
/// "1:02:03".
std::string elapsed(std::chrono::seconds value);

/// "90s", "2m", "1h30m", "45" (seconds); 1 s to 10 days. Nothing if it is none.
std::optional<std::chrono::seconds> parse_duration(std::string_view text);

} // namespace cihost::cli
