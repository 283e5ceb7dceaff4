// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cihost/log_record.hpp>

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace cihost::daemon {

/// What the log's lines are about: each has a level of its own.
std::span<const std::string> log_areas();

/// "debug", "info", "warning", "error".
const char* name(severity level) noexcept;
std::optional<severity> severity_named(std::string_view word);

/// From which level on lines are kept.
struct log_levels {
    log_levels() = default;
    // a single one is for all
    log_levels(severity all)
        : usual{all} {}

    severity usual = severity::info;
    /// Of areas that have another.
    std::map<std::string, severity, std::less<>> areas;

    severity of(std::string_view area) const {
        const auto own = areas.find(area);
        return own != areas.end() ? own->second : usual;
    }
};

} // namespace cihost::daemon
