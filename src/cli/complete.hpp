// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

namespace cihost::cli {

/// Values of a kind that the daemon knows: "SERVICE", "NAME" (of a receiver), "CAM", "PROFILE",
/// "RECEIVER[:SLOT]", "ID", "[AREA] LEVEL"; none of others.
using known_values = std::function<std::vector<std::string>(const std::string& kind)>;

/// What the last of the words, which may be empty, may become: commands, options and values. The
/// words are those behind the program's name.
std::vector<std::string> completions(std::span<const std::string> words,
                                     const known_values& values);

/// Values from the daemon behind the socket that the words name. None without a daemon.
known_values values_of_daemon(std::span<const std::string> words);

} // namespace cihost::cli
