// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <string>

namespace cihost {

/// How much a line of the log matters.
enum class severity { debug, info, warning, error };

struct log_record {
    severity level = severity::info;
    /// "cam", "stream", "frontend", "recording", "policy".
    std::string area;
    /// One sentence.
    std::string message;
};
using log_function = std::function<void(const log_record&)>;

} // namespace cihost
