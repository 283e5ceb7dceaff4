// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/device_report.hpp"

#include "daemon/receiver_plan.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <optional>
#include <unistd.h>
#include <utility>

namespace cihost::daemon {
namespace {

namespace json = boost::json;
namespace fs = std::filesystem;
using device::linux_nodes;
using node_member = fs::path linux_nodes::*;

/// What all entries of one inventory need to know.
struct context {
    const device::adapter_entry& adapter;
    const std::vector<device_user>& users;
};

bool held_by_us(const device::node_entry& node) {
    return std::ranges::find(node.holders, ::getpid(), &device::node_holder::pid) !=
           node.holders.end();
}

json::object node_report(const context& c, const device::node_entry& node, node_member member) {
    json::array holders;
    for (const auto& holder : node.holders)
        holders.push_back({{"pid", holder.pid}, {"program", holder.program}});
    json::array makes;
    for (const auto& nodes : c.adapter.receivers)
        if (nodes.*member == node.path)
            makes.push_back(json::value(receiver_name(nodes)));
    json::array receivers;
    for (const auto& user : c.users)
        if (user.nodes.*member == node.path)
            receivers.push_back(json::value(user.name));
    return {{"path", node.path.string()},        {"holders", std::move(holders)},
            {"held", held_by_us(node)},          {"makes", std::move(makes)},
            {"receivers", std::move(receivers)}, {"problem", node.problem}};
}

json::object frontend_report(const context& c, const device::frontend_entry& frontend) {
    auto report = node_report(c, frontend, &linux_nodes::frontend);
    json::array systems;
    for (const auto system : frontend.systems)
        systems.push_back(json::value(device::name(system)));
    report["name"] = frontend.name;
    report["delivery_systems"] = std::move(systems);
    return report;
}

json::value kind_name(device::ca_kind kind) {
    switch (kind) {
    case device::ca_kind::link:
        return "link";
    case device::ca_kind::high_level:
        return "high_level";
    case device::ca_kind::descrambler:
        return "descrambler";
    case device::ca_kind::unknown:
        break;
    }
    return nullptr;
}

/// What the kernel says of a slot that nobody uses.
const char* state_of(const device::ca_entry::slot& slot) {
    if (slot.ready)
        return "ready";
    return slot.present ? "present" : "empty";
}

json::object ca_report(const context& c, const device::ca_entry& ca) {
    auto report = node_report(c, ca, &linux_nodes::ca);
    auto kind = ca.kind;
    json::array slots;
    for (std::size_t n = 0; n < ca.slots.size(); ++n)
        slots.push_back({{"slot", n}, {"state", state_of(ca.slots[n])}});
    for (const auto& user : c.users) {
        if (user.nodes.ca != ca.path || !user.report.ca_interface)
            continue;
        kind = *user.report.ca_interface == device::ca_interface::high_level
                   ? device::ca_kind::high_level
                   : device::ca_kind::link;
        slots.clear();
        for (const auto& cam : user.report.cams)
            slots.push_back({{"slot", cam.slot}, {"state", cam.state}});
    }
    report["kind"] = kind_name(kind);
    report["slots"] = std::move(slots);
    return report;
}

json::object receiver_report(const linux_nodes& nodes, const std::vector<device_user>& users) {
    json::value configured = nullptr;
    for (const auto& user : users)
        if (user.nodes.frontend == nodes.frontend)
            configured = json::value(user.name);
    return {{"name", receiver_name(nodes)},
            {"frontend", nodes.frontend.string()},
            {"demux", nodes.demux.string()},
            {"dvr", nodes.dvr.string()},
            {"ca", nodes.ca.empty() ? json::value(nullptr) : json::value(nodes.ca.string())},
            {"receiver", std::move(configured)}};
}

json::object adapter_report(const device::adapter_entry& adapter,
                            const std::vector<device_user>& users) {
    const context c{adapter, users};
    json::array frontends;
    for (const auto& node : adapter.frontends)
        frontends.push_back(frontend_report(c, node));
    json::array demuxes;
    for (const auto& node : adapter.demuxes)
        demuxes.push_back(node_report(c, node, &linux_nodes::demux));
    json::array dvrs;
    for (const auto& node : adapter.dvrs)
        dvrs.push_back(node_report(c, node, &linux_nodes::dvr));
    json::array ca_devices;
    for (const auto& node : adapter.ca_devices)
        ca_devices.push_back(ca_report(c, node));
    json::array receivers;
    for (const auto& nodes : adapter.receivers)
        receivers.push_back(receiver_report(nodes, users));
    return {{"number", adapter.number},          {"driver", adapter.driver},
            {"frontends", std::move(frontends)}, {"demuxes", std::move(demuxes)},
            {"dvrs", std::move(dvrs)},           {"ca_devices", std::move(ca_devices)},
            {"makes", std::move(receivers)}};
}

} // namespace

std::vector<device_user> device_users(const receiver_set& receivers) {
    std::vector<device_user> users;
    for (const auto& member : receivers.members())
        if (member.nodes)
            users.push_back({member.name, *member.nodes, member.present, member.port->report()});
    return users;
}

std::string absent_reason(const linux_nodes& nodes) {
    return nodes.frontend.string() + " is not there: the receiver is unplugged, or its driver is "
                                     "not loaded. It is used as soon as it is back.";
}

json::object device_report(const device_inventory& found, const std::vector<device_user>& users) {
    json::array adapters;
    for (const auto& adapter : found.adapters)
        adapters.push_back(adapter_report(adapter, users));
    json::array absent;
    for (const auto& user : users)
        if (!found.has(user.nodes.frontend))
            absent.push_back({{"receiver", user.name},
                              {"frontend", user.nodes.frontend.string()},
                              {"reason", absent_reason(user.nodes)}});
    return {{"adapters", std::move(adapters)},
            {"absent", std::move(absent)},
            {"problem", found.problem}};
}

} // namespace cihost::daemon
