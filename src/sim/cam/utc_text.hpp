// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cihost/bytes.hpp>

#include <optional>
#include <string>

namespace cihost::sim {

/// UTC_time of a date_time object, EN 50221 §8.5.2: MJD and BCD hhmmss, as "2024-03-01T12:34:56Z".
/// Nothing when it is not 5 bytes or no time of day.
std::optional<std::string> utc_text(bytes_view utc_time);

} // namespace cihost::sim
