// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cihost {

/// The word a person most likely meant: the nearest one by edits (a swap of neighbours is one
/// edit), upper and lower case alike; nothing if none is near enough to be worth saying.
std::optional<std::string> suggestion(std::string_view typed, std::span<const std::string> words);

/// For the first word of a command line, and the commands there are: "'recrod' is not a command;
/// did you mean 'record'?". Nothing when it is one of them, an option, or not there.
std::optional<std::string> unknown_command(std::string_view typed,
                                           std::span<const std::string> commands);

/// Each of them once, where it comes first: lists to choose from.
std::vector<std::string> distinct(std::vector<std::string> words);

/// "a, b, c".
std::string join(std::span<const std::string> words);
/// The first `most` of them; "… and 3 more".
std::string join(std::span<const std::string> words, std::size_t most);

} // namespace cihost
