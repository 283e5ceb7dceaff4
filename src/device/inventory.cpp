// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/inventory.hpp"

#include "device/ca_query.hpp"
#include "device/driver_name.hpp"
#include "device/frontend_query.hpp"
#include "device/node_error.hpp"
#include "device/receiver_nodes.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <optional>
#include <string_view>
#include <system_error>
#include <unistd.h>

namespace cihost::device {

namespace fs = std::filesystem;

namespace {

struct numbered {
    unsigned number = 0;
    fs::path path;
};

/// "adapter12" → 12.
std::optional<unsigned> number_after(std::string_view word, std::string_view name) {
    if (!name.starts_with(word))
        return {};
    name.remove_prefix(word.size());
    unsigned number = 0;
    const auto parsed = std::from_chars(name.data(), name.data() + name.size(), number);
    if (parsed.ec != std::errc{} || parsed.ptr != name.data() + name.size() ||
        (name.size() > 1 && name.front() == '0'))
        return {};
    return number;
}

/// Entries of `folder` named by `word` and a number, by number. What cannot be read has none.
std::vector<numbered> entries(const fs::path& folder, std::string_view word) {
    std::vector<numbered> found;
    std::error_code error;
    for (fs::directory_iterator at{folder, error}, end; !error && at != end; at.increment(error)) {
        const auto name = at->path().filename().string();
        if (const auto number = number_after(word, name))
            found.push_back({.number = *number, .path = at->path()});
    }
    std::sort(found.begin(), found.end(),
              [](const numbered& a, const numbered& b) { return a.number < b.number; });
    return found;
}

template<class Entry>
Entry entry_at(const fs::path& path) {
    Entry entry;
    entry.path = path;
    entry.holders = find_holders(path);
    return entry;
}

frontend_entry ask_frontend(const numbered& node, system_calls& calls) {
    auto entry = entry_at<frontend_entry>(node.path);
    entry.number = node.number;
    const auto asked = query_frontend(node.path, calls);
    if (!asked) {
        entry.problem = explain_node_error(entry.path, asked.error());
        return entry;
    }
    entry.name = asked->name;
    entry.systems = asked->systems;
    if (entry.systems.empty())
        entry.problem = node.path.string() + " receives none of the delivery systems that cihost "
                                             "knows: leave it to other programs.";
    else
        entry.problem = explain_holders(entry.path, entry.holders);
    return entry;
}

ca_entry ask_ca(const numbered& node, system_calls& calls) {
    auto entry = entry_at<ca_entry>(node.path);
    entry.number = node.number;
    // it takes one opener, and is that one's: no knocking
    if (!entry.holders.empty()) {
        entry.problem = explain_holders(entry.path, entry.holders);
        return entry;
    }
    const auto asked = query_ca(node.path, calls);
    if (!asked) {
        entry.problem = explain_node_error(entry.path, asked.error());
        return entry;
    }
    entry.kind = asked->kind;
    entry.slots = asked->slots;
    return entry;
}

/// Why it cannot be opened, without opening it.
std::string access_problem(const node_entry& node) {
    if (::faccessat(AT_FDCWD, node.path.c_str(), R_OK | W_OK, AT_EACCESS) == 0)
        return {};
    return explain_node_error(node.path, error_code{errno, boost::system::generic_category()});
}

std::vector<node_entry> look_at_demuxes(const std::vector<numbered>& nodes) {
    std::vector<node_entry> found;
    for (const auto& node : nodes) {
        found.push_back(entry_at<node_entry>(node.path));
        found.back().problem = access_problem(found.back());
    }
    return found;
}

/// Unlike a demux it has one reader.
std::vector<node_entry> look_at_dvrs(const std::vector<numbered>& nodes) {
    std::vector<node_entry> found;
    for (const auto& node : nodes) {
        found.push_back(entry_at<node_entry>(node.path));
        auto& entry = found.back();
        entry.problem = access_problem(entry);
        if (entry.problem.empty())
            entry.problem = explain_holders(entry.path, entry.holders);
    }
    return found;
}

std::string driver_of(const adapter_entry& adapter) {
    const auto first = [](const auto& nodes) {
        for (const auto& node : nodes)
            if (auto driver = driver_name(node.path); !driver.empty())
                return driver;
        return std::string{};
    };
    auto driver = first(adapter.frontends);
    return driver.empty() ? first(adapter.ca_devices) : driver;
}

adapter_entry look_at(const numbered& folder, system_calls& calls) {
    adapter_entry adapter;
    adapter.number = folder.number;
    for (const auto& node : entries(folder.path, "frontend"))
        adapter.frontends.push_back(ask_frontend(node, calls));
    adapter.demuxes = look_at_demuxes(entries(folder.path, "demux"));
    adapter.dvrs = look_at_dvrs(entries(folder.path, "dvr"));
    for (const auto& node : entries(folder.path, "ca"))
        adapter.ca_devices.push_back(ask_ca(node, calls));
    adapter.driver = driver_of(adapter);
    adapter.receivers = receiver_nodes(adapter);
    return adapter;
}

} // namespace

std::vector<adapter_entry> find_adapters(const fs::path& root) {
    return find_adapters(root, kernel());
}

std::vector<adapter_entry> find_adapters(const fs::path& root, system_calls& calls) {
    std::vector<adapter_entry> found;
    for (const auto& folder : entries(root, "adapter"))
        found.push_back(look_at(folder, calls));
    return found;
}

std::string explain_no_adapters(const fs::path& root) {
    std::error_code error;
    const auto status = fs::status(root, error);
    if (status.type() == fs::file_type::not_found)
        return "There is no " + root.string() +
               ": no DVB receiver is plugged in, or its driver is not loaded. lspci -k and lsusb "
               "-t show what is there, dmesg what the driver said (often a missing firmware file).";
    if (fs::directory_iterator{root, error}; error)
        return root.string() + " cannot be looked into: " + error.message() +
               ". Give this program the right to, or run it where it has it.";
    return root.string() + " has no adapters: its receivers have been unplugged, or are hidden "
                           "from this program (PrivateDevices=, a container). Plug one in, or let "
                           "the devices through.";
}

} // namespace cihost::device
