// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace cihost::daemon {

/// The word a person most likely meant: the nearest one by edits (a swap of neighbours is one
/// edit), upper and lower case alike; nothing if none is near enough to be worth saying.
std::optional<std::string> suggestion(std::string_view typed, std::span<const std::string> words);

/// "a, b, c".
std::string join(std::span<const std::string> words);

} // namespace cihost::daemon
