// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "device/linux_receiver.hpp"
#include "device/tuning.hpp"

#include <cihost/error.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace cihost::device {

/// A process that has a node open.
struct node_holder {
    int pid = 0;
    /// Its name, as ps shows it.
    std::string program;
};

/// A device node as it was found; nothing in it lasts.
struct node_entry {
    std::filesystem::path path;
    /// Known only as far as we may look into other processes.
    std::vector<node_holder> holders;
    /// Why it could not be asked, or cannot be used; empty = well. One or two sentences, with the
    /// remedy.
    std::string problem;
};

struct frontend_entry : node_entry {
    unsigned number = 0;
    /// As the driver calls it.
    std::string name;
    std::vector<delivery_system> systems;
};

enum class ca_kind {
    unknown,
    link,
    high_level,
    /// Only descramblers: never used by us.
    descrambler,
};

struct ca_entry : node_entry {
    unsigned number = 0;
    ca_kind kind = ca_kind::unknown;
    struct slot {
        bool present = false;
        bool ready = false;
    };
    std::vector<slot> slots;
};

/// /dev/dvb/adapterN: what belongs together.
struct adapter_entry {
    unsigned number = 0;
    /// Of the hardware, by sysfs: "cx23885", "ddbridge"; empty if not known.
    std::string driver;
    std::vector<frontend_entry> frontends;
    std::vector<node_entry> demuxes;
    std::vector<node_entry> dvrs;
    std::vector<ca_entry> ca_devices;
    /// Nodes that make one receiver, one set for each frontend that has a demux and a dvr of the
    /// same number (or shares the only one). The CA device, if there is one that can be used,
    /// belongs to the first.
    std::vector<linux_nodes> receivers;
};

/// All adapters, by number. Asks each frontend (without tuning it) and each CA device that nobody
/// holds. `root` is /dev/dvb but for tests. May block for a second.
std::vector<adapter_entry> find_adapters(const std::filesystem::path& root = "/dev/dvb");
/// The same, asking by `calls`.
std::vector<adapter_entry> find_adapters(const std::filesystem::path& root, system_calls& calls);

/// For one who got none: why, and what to do. Two sentences.
std::string explain_no_adapters(const std::filesystem::path& root = "/dev/dvb");

/// What stands in `root`, and who may use it: a text to tell a change by. Opens nothing, costs next
/// to nothing.
std::string node_listing(const std::filesystem::path& root = "/dev/dvb");

/// The processes that have `node` open.
std::vector<node_holder> find_holders(const std::filesystem::path& node);

} // namespace cihost::device
