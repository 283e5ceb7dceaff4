// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cihost::daemon {

/// "474 MHz", "474.166667MHz", "11954000 kHz", "474000000" → Hz, exactly. Units in any case:
/// Hz, kHz, MHz, GHz; none means Hz. Nothing if it is no frequency, is not whole Hz, or does not
/// fit.
std::optional<std::uint64_t> parse_frequency(std::string_view text);

/// "474 MHz", "11.954 GHz", with all digits that matter.
std::string format_frequency(std::uint64_t hz);

} // namespace cihost::daemon
