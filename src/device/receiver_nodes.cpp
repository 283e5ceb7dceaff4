// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/receiver_nodes.hpp"

#include <algorithm>
#include <string>

namespace cihost::device {

namespace {

/// The one of the frontend's number, or the only one: frontends in front of one demux take turns.
const node_entry* belonging(const std::vector<node_entry>& nodes, const std::string& name) {
    const auto found = std::find_if(nodes.begin(), nodes.end(), [&](const node_entry& node) {
        return node.path.filename() == name;
    });
    if (found != nodes.end())
        return &*found;
    return nodes.size() == 1 ? &nodes.front() : nullptr;
}

} // namespace

std::vector<linux_nodes> receiver_nodes(const adapter_entry& adapter) {
    std::vector<linux_nodes> receivers;
    for (const auto& frontend : adapter.frontends) {
        // one that was asked and receives nothing of ours; one that could not be asked may
        if (frontend.systems.empty() && !frontend.name.empty())
            continue;
        const auto number = std::to_string(frontend.number);
        const auto* const demux = belonging(adapter.demuxes, "demux" + number);
        const auto* const dvr = belonging(adapter.dvrs, "dvr" + number);
        if (demux == nullptr || dvr == nullptr)
            continue;
        receivers.push_back({.frontend = frontend.path, .demux = demux->path, .dvr = dvr->path});
    }
    auto ca = std::ranges::find_if(adapter.ca_devices, [](const ca_entry& entry) {
        return entry.kind == ca_kind::link || entry.kind == ca_kind::high_level;
    });
    // one that is in use now may be a CI all the same
    if (ca == adapter.ca_devices.end())
        ca = std::ranges::find(adapter.ca_devices, ca_kind::unknown, &ca_entry::kind);
    if (!receivers.empty() && ca != adapter.ca_devices.end())
        receivers.front().ca = ca->path;
    return receivers;
}

} // namespace cihost::device
