// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "device/system_calls.hpp"
#include "device/tuning.hpp"

#include <cihost/error.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace cihost::device {

/// What a frontend is, as its driver says.
struct frontend_identity {
    std::string name;
    /// Those of our list; empty when the hardware knows only others.
    std::vector<delivery_system> systems;
};

/// Asks without tuning and without taking the frontend: it may be in use.
result<frontend_identity> query_frontend(const std::filesystem::path& node, system_calls& calls);

} // namespace cihost::device
