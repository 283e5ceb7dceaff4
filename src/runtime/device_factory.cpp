// SPDX-License-Identifier: LGPL-2.1-or-later
#include "runtime/device_factory.hpp"

#include "device/system_calls.hpp"
#include "device/virtual_receiver.hpp"

#include <system_error>
#include <unistd.h>
#include <utility>

namespace cihost::runtime {

namespace {

const char* name(device_factory::node node) {
    switch (node) {
    case device_factory::node::frontend:
        return "tuner";
    case device_factory::node::ts_input:
        return "transport stream output";
    default:
        return "CA device";
    }
}

std::string explain_virtual(const std::filesystem::path& folder, device_factory::node node,
                            const error_code& error) {
    auto sentence = std::string{"The "} + name(node) + " of the virtual receiver in " +
                    folder.string() + " cannot be used: " + error.message() + ".";
    if (error == boost::system::errc::no_such_file_or_directory ||
        error == boost::system::errc::connection_refused)
        sentence += " Start the receiver: cihost-sim run FILE.ts --dir " + folder.string() + ".";
    return sentence;
}

/// One error of two nodes: mostly of the dvr, which only one process may read, and which is read
/// all the time.
bool of_dvr(const device::linux_nodes& nodes, const error_code& error) {
    namespace errc = boost::system::errc;
    if (error == errc::too_many_files_open) // each PID is an opening of the demux
        return false;
    if (error == errc::permission_denied)
        return ::access(nodes.demux.c_str(), R_OK | W_OK) == 0;
    std::error_code ignored;
    return std::filesystem::exists(nodes.demux, ignored);
}

std::string explain_linux(const device::linux_nodes& nodes, device_factory::node node,
                          const error_code& error) {
    switch (node) {
    case device_factory::node::frontend:
        return device::explain_node_error(nodes.frontend, error);
    case device_factory::node::ca:
        return device::explain_node_error(nodes.ca, error);
    default:
        break;
    }
    return device::explain_node_error(of_dvr(nodes, error) ? nodes.dvr : nodes.demux, error);
}

} // namespace

std::string explain(const device_factory& devices, device_factory::node node,
                    const error_code& error) {
    if (devices.explain)
        return devices.explain(node, error);
    return std::string{"The "} + name(node) + " in " + devices.where +
           " cannot be used: " + error.message() + ".";
}

device_factory virtual_devices(const std::filesystem::path& folder) {
    return {
        .where = folder.string(),
        .explain =
            [folder](device_factory::node node, const error_code& error) {
                return explain_virtual(folder, node, error);
            },
        .open_ca = [folder] { return device::open_virtual_ca(folder); },
        .open_frontend = [folder] { return device::open_virtual_frontend(folder); },
        .open_ts_input = [folder] { return device::open_virtual_ts_input(folder); },
    };
}

device_factory linux_devices(const device::linux_nodes& nodes) {
    device_factory devices{
        .where = nodes.frontend.string(),
        .explain = [nodes](device_factory::node node,
                           const error_code& error) { return explain_linux(nodes, node, error); },
        .one_adapter = nodes.ca.parent_path() == nodes.frontend.parent_path(),
        .open_ca = {},
        .open_frontend = [nodes] { return device::open_linux_frontend(nodes); },
        .open_ts_input = [nodes] { return device::open_linux_ts_input(nodes, device::kernel()); },
    };
    if (!nodes.ca.empty())
        devices.open_ca = [nodes] { return device::open_linux_ca(nodes, device::kernel()); };
    return devices;
}

} // namespace cihost::runtime
