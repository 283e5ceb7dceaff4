// SPDX-License-Identifier: LGPL-2.1-or-later
#include "receiver/settings.hpp"

#include "base/suggestion.hpp"
#include "device/delivery_system.hpp"
#include "device/inventory.hpp"
#include "device/linux_receiver.hpp"
#include "device/receiver_name.hpp"

#include <cihost/receiver_error.hpp>

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace cihost::embedded {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view scheme = "virtual:";
constexpr std::uint64_t lowest_hz = 1'000'000;
constexpr std::uint64_t highest_hz = 100'000'000'000;

[[noreturn]] void reject(const std::string& sentences) {
    throw receiver_error{receiver_error::kind::invalid, sentences};
}

std::vector<std::string> names_in(const fs::path& folder, std::string_view prefix) {
    std::vector<std::string> names;
    std::error_code error;
    for (fs::directory_iterator it{folder, error}, end; !error && it != end; it.increment(error))
        if (auto name = it->path().filename().string(); name.starts_with(prefix))
            names.push_back(std::move(name));
    std::ranges::sort(names);
    return names;
}

/// Throws if there is no such frontend.
void require_frontend(const device::linux_nodes& nodes) {
    std::error_code error;
    if (fs::exists(nodes.frontend, error) || error) // what cannot be looked at says so when opened
        return;
    const auto folder = nodes.frontend.parent_path();
    const auto adapters = names_in(folder.parent_path(), "adapter");
    if (adapters.empty())
        throw receiver_error{receiver_error::kind::not_found,
                             device::explain_no_adapters(folder.parent_path())};
    const auto frontends = names_in(folder, "frontend");
    throw receiver_error{receiver_error::kind::not_found,
                         "There is no " + nodes.frontend.string() + ". " +
                             (frontends.empty() ? "The adapters here: " + join(adapters)
                                                : "The frontends of " + folder.filename().string() +
                                                      ": " + join(frontends)) +
                             ". cihostd --devices says what is what."};
}

/// Frontends in front of the only one of these take turns.
void share(fs::path& node, std::string_view kind) {
    std::error_code error;
    const auto there = names_in(node.parent_path(), kind);
    if (there.size() == 1 && !fs::exists(node, error))
        node = node.parent_path() / there.front();
}

fs::path ca_node(const device::linux_nodes& nodes, const std::string& text) {
    if (text.empty())
        return nodes.ca;
    if (text == "none")
        return {};
    // an absolute path stays what it is
    return (nodes.frontend.parent_path() / text).lexically_normal();
}

} // namespace

devices_and_settings understand(const receiver_settings& settings, const fs::path& root) {
    devices_and_settings meant;
    meant.settings.name = settings.device;
    if (settings.device.starts_with(scheme)) {
        const auto folder = settings.device.substr(scheme.size());
        if (folder.empty())
            reject("The device 'virtual:' names no folder: give that of a running cihost-sim "
                   "(cihost-sim run FILE.ts --dir FOLDER) as virtual:FOLDER.");
        if (!settings.ca.empty())
            reject("A virtual receiver has its own CI slots, so the ca device '" + settings.ca +
                   "' cannot be used with it: leave it out. cihost-sim run --slots 0 makes a "
                   "receiver without slots.");
        std::error_code no_folder;
        auto path = fs::absolute(folder, no_folder);
        meant.settings.virtual_device = no_folder ? fs::path{folder} : path;
        meant.devices = runtime::virtual_devices(meant.settings.virtual_device);
        return meant;
    }
    auto nodes = device::nodes_named(settings.device, root);
    if (!nodes)
        reject(
            (settings.device.empty() ? std::string{"No device is named."}
                                     : "The device '" + settings.device + "' is none.") +
            " Give \"adapter0\" for /dev/dvb/adapter0, \"adapter0/frontend1\" for another of its "
            "frontends, or \"virtual:FOLDER\" for a receiver of cihost-sim.");
    require_frontend(*nodes);
    share(nodes->demux, "demux");
    share(nodes->dvr, "dvr");
    nodes->ca = ca_node(*nodes, settings.ca);
    meant.nodes = nodes;
    meant.settings.whole_multiplex = false;
    meant.devices = runtime::linux_devices(*nodes);
    return meant;
}

void require_details(const tuning& where, bool of_kernel) {
    if (where.frequency_hz < lowest_hz || where.frequency_hz > highest_hz)
        reject("The frequency is " + std::to_string(where.frequency_hz) +
               " Hz, which no broadcast uses: give that of the transponder, 1 MHz to 100 GHz, in "
               "Hz.");
    if (of_kernel && where.system == delivery_system::unspecified)
        reject("A frequency alone does not say how to receive it: give the delivery system too.");
    const bool satellite = device::is_satellite(where.system);
    if (!satellite && where.system != delivery_system::dvbc)
        return;
    if (where.symbol_rate == 0)
        reject(std::string{name(where.system)} +
               " needs a symbol rate: give that of the transponder, in symbols a second.");
    if (satellite && where.polarity == polarization::none)
        reject(std::string{name(where.system)} +
               " needs a polarization: horizontal, vertical, left "
               "or right.");
}

} // namespace cihost::embedded
