// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/log_levels.hpp"

#include <array>

namespace cihost::daemon {

std::span<const std::string> log_areas() {
    static const std::array<std::string, 8> all{"cam",  "control", "daemon",    "frontend",
                                                "http", "policy",  "recording", "stream"};
    return all;
}

const char* name(severity level) noexcept {
    switch (level) {
    case severity::debug:
        return "debug";
    case severity::info:
        return "info";
    case severity::warning:
        return "warning";
    case severity::error:
        break;
    }
    return "error";
}

std::optional<severity> severity_named(std::string_view word) {
    for (const auto level : {severity::debug, severity::info, severity::warning, severity::error})
        if (word == name(level))
            return level;
    return std::nullopt;
}

} // namespace cihost::daemon
