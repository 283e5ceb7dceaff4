// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/surroundings.hpp"

#include <system_error>

namespace cihost::daemon {
namespace {

std::vector<std::filesystem::path> existing(const std::vector<std::filesystem::path>& paths) {
    std::vector<std::filesystem::path> found;
    std::error_code ignored;
    for (const auto& path : paths)
        if (std::filesystem::exists(path, ignored))
            found.push_back(path);
    return found;
}

} // namespace

surroundings this_machine() {
    surroundings around;
    around.read_channels = [](const channels_config& list) {
        return device::read_channel_list(list.file, list.settings);
    };
    around.find_adapters = [] { return device::find_adapters(); };
    around.explain_no_adapters = [] { return device::explain_no_adapters(); };
    around.list_nodes = [] { return device::node_listing(); };
    return around;
}

device_inventory take_inventory(const surroundings& around,
                                const std::vector<std::filesystem::path>& frontends) {
    device_inventory found;
    if (around.find_adapters)
        found.adapters = around.find_adapters();
    if (found.adapters.empty() && around.explain_no_adapters)
        found.problem = around.explain_no_adapters();
    found.others = existing(frontends);
    return found;
}

std::string list_nodes(const surroundings& around,
                       const std::vector<std::filesystem::path>& frontends) {
    auto text = around.list_nodes ? around.list_nodes() : std::string{};
    for (const auto& path : existing(frontends))
        text += path.string() + "\n";
    return text;
}

} // namespace cihost::daemon
