// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/receiver_plan.hpp"

#include "base/counted.hpp"
#include "base/suggestion.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace cihost::daemon {
namespace {

using runtime::severity;

std::vector<device::delivery_system> systems_of(const device_inventory& inventory,
                                                const std::filesystem::path& frontend) {
    const auto* const known = inventory.find(frontend);
    return known != nullptr ? known->systems : std::vector<device::delivery_system>{};
}

void read_channels(const config& settings, const surroundings& around, receiver_plan& plan) {
    if (!settings.channels || !around.read_channels)
        return;
    auto list = around.read_channels(*settings.channels);
    plan.channels = std::move(list.channels);
    for (auto& remark : list.remarks)
        plan.remarks.push_back({severity::warning, "daemon", std::move(remark)});
    plan.no_channels = !list.error.empty();
    if (plan.no_channels)
        plan.remarks.push_back({severity::error, "daemon", std::move(list.error)});
    else
        plan.remarks.push_back({severity::info, "daemon",
                                "The channel list " + settings.channels->file.string() + " has " +
                                    counted(plan.channels.size(), "channel", "channels") + "."});
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

std::string receiver_name(const device::linux_nodes& nodes) {
    const auto adapter = nodes.frontend.parent_path().filename().string();
    const auto frontend = nodes.frontend.filename().string();
    return frontend == "frontend0" ? adapter : adapter + "/" + frontend;
}

std::vector<planned_receiver> found_receivers(const device_inventory& inventory) {
    std::vector<planned_receiver> all;
    for (const auto& adapter : inventory.adapters)
        for (const auto& nodes : adapter.receivers) {
            planned_receiver found;
            found.settings.name = receiver_name(nodes);
            found.settings.nodes = nodes;
            found.systems = systems_of(inventory, nodes.frontend);
            all.push_back(std::move(found));
        }
    return all;
}

std::vector<std::filesystem::path> configured_frontends(const config& settings) {
    std::vector<std::filesystem::path> all;
    for (const auto& receiver : settings.receivers)
        if (receiver.nodes)
            all.push_back(receiver.nodes->frontend);
    return all;
}

receiver_plan plan_receivers(const config& settings, const surroundings& around) {
    receiver_plan plan;
    read_channels(settings, around, plan);
    const bool automatic = settings.receivers.empty();
    const auto frontends = configured_frontends(settings);
    // who is tuned for good needs no choice of frontends, and its CA device no knock on the door
    const bool choosing = automatic || std::ranges::any_of(settings.receivers, [](const auto& r) {
                              return r.nodes && !r.tuning;
                          });
    device_inventory inventory;
    if (choosing || !frontends.empty())
        plan.listing = list_nodes(around, frontends);
    if (choosing)
        inventory = take_inventory(around, frontends);
    if (automatic)
        plan.receivers = found_receivers(inventory);
    if (automatic && plan.receivers.empty())
        plan.remarks.push_back(
            {severity::warning, "daemon",
             "No adapter was found that makes a receiver; one that comes later is used." +
                 (inventory.problem.empty() ? "" : " " + inventory.problem)});
    for (auto receiver : settings.receivers) {
        if (receiver.channel)
            find_channel(receiver, plan);
        planned_receiver planned;
        if (receiver.nodes) {
            planned.systems = systems_of(inventory, receiver.nodes->frontend);
            planned.present = !choosing || inventory.has(receiver.nodes->frontend);
        }
        planned.settings = std::move(receiver);
        plan.receivers.push_back(std::move(planned));
    }
    return plan;
}

} // namespace cihost::daemon
