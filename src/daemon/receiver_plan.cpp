// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/receiver_plan.hpp"

#include "base/suggestion.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace cihost::daemon {
namespace {

using runtime::severity;

/// "adapter0", or "adapter0/frontend1" for a further one.
std::string name_of(const device::linux_nodes& nodes) {
    const auto adapter = nodes.frontend.parent_path().filename().string();
    const auto frontend = nodes.frontend.filename().string();
    return frontend == "frontend0" ? adapter : adapter + "/" + frontend;
}

std::vector<device::delivery_system> systems_of(const std::vector<device::adapter_entry>& adapters,
                                                const std::filesystem::path& frontend) {
    for (const auto& adapter : adapters)
        for (const auto& known : adapter.frontends)
            if (known.path == frontend)
                return known.systems;
    return {};
}

void read_channels(const config& settings, const surroundings& around, receiver_plan& plan) {
    if (!settings.channels || !around.read_channels)
        return;
    auto list = around.read_channels(*settings.channels);
    plan.channels = std::move(list.channels);
    for (auto& remark : list.remarks)
        plan.remarks.push_back({severity::warning, "daemon", std::move(remark)});
    if (!list.error.empty())
        plan.remarks.push_back({severity::error, "daemon", std::move(list.error)});
    else
        plan.remarks.push_back({severity::info, "daemon",
                                "The channel list " + settings.channels->file.string() + " has " +
                                    std::to_string(plan.channels.size()) + " channels."});
}

void find_channel(receiver_config& receiver, receiver_plan& plan) {
    const auto it = std::ranges::find(plan.channels, *receiver.channel, &device::channel::name);
    if (it != plan.channels.end()) {
        receiver.tuning = it->tuning;
        return;
    }
    std::vector<std::string> names;
    for (const auto& c : plan.channels)
        names.push_back(c.name);
    auto sentence = "The channel '" + *receiver.channel + "' of receiver '" + receiver.name +
                    "' is not in the channel list";
    const auto meant = suggestion(*receiver.channel, names);
    sentence += meant ? "; did you mean '" + *meant + "'?" : ".";
    plan.remarks.push_back({severity::error, "daemon",
                            sentence + " The receiver is tuned as services are asked for."});
}

} // namespace

receiver_plan plan_receivers(const config& settings, const surroundings& around) {
    receiver_plan plan;
    read_channels(settings, around, plan);
    const bool automatic = settings.receivers.empty();
    const bool real =
        std::ranges::any_of(settings.receivers, [](const auto& r) { return bool{r.nodes}; });
    std::vector<device::adapter_entry> adapters;
    if ((automatic || real) && around.find_adapters)
        adapters = around.find_adapters();

    auto receivers = settings.receivers;
    if (automatic)
        for (const auto& adapter : adapters)
            for (const auto& nodes : adapter.receivers) {
                receiver_config found;
                found.name = name_of(nodes);
                found.nodes = nodes;
                receivers.push_back(std::move(found));
            }
    if (receivers.empty())
        plan.remarks.push_back(
            {severity::warning, "daemon", "No adapter was found that makes a receiver."});
    for (auto& receiver : receivers) {
        if (receiver.channel)
            find_channel(receiver, plan);
        auto systems = receiver.nodes ? systems_of(adapters, receiver.nodes->frontend)
                                      : std::vector<device::delivery_system>{};
        plan.receivers.push_back({std::move(receiver), std::move(systems)});
    }
    return plan;
}

} // namespace cihost::daemon
