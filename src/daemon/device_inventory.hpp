// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "device/inventory.hpp"

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

namespace cihost::daemon {

/// What a look around gave.
struct device_inventory {
    std::vector<device::adapter_entry> adapters;
    /// Why there are no adapters, with the remedy; empty if there are some.
    std::string problem;
    /// Of the frontends that were asked for by path, those that are there; they may lie elsewhere
    /// than the adapters.
    std::vector<std::filesystem::path> others = {};

    const device::frontend_entry* find(const std::filesystem::path& frontend) const {
        for (const auto& adapter : adapters)
            for (const auto& known : adapter.frontends)
                if (known.path == frontend)
                    return &known;
        return nullptr;
    }
    bool has(const std::filesystem::path& frontend) const {
        return find(frontend) != nullptr || std::ranges::find(others, frontend) != others.end();
    }
};

} // namespace cihost::daemon
