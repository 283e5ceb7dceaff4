// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/node_error.hpp"

#include "device/linux_receiver.hpp"
#include "device/node_permissions.hpp"

#include <cerrno>
#include <string_view>
#include <system_error>
#include <unistd.h>

namespace cihost::device {

namespace {

enum class node_kind { frontend, demux, dvr, ca, other };

node_kind kind_of(const std::filesystem::path& node) {
    const auto name = node.filename().string();
    if (name.starts_with("frontend"))
        return node_kind::frontend;
    if (name.starts_with("demux"))
        return node_kind::demux;
    if (name.starts_with("dvr"))
        return node_kind::dvr;
    if (name.starts_with("ca"))
        return node_kind::ca;
    return node_kind::other;
}

std::string_view called(node_kind kind) {
    switch (kind) {
    case node_kind::frontend:
        return "tuner";
    case node_kind::demux:
        return "demux";
    case node_kind::dvr:
        return "dvr";
    case node_kind::ca:
        return "CA device";
    case node_kind::other:
        break;
    }
    return "device";
}

std::string in_use(const std::filesystem::path& node, node_kind kind) {
    const std::string device{called(kind)};
    const auto holders = find_holders(node);
    if (auto text = explain_holders(node, holders); !text.empty())
        return text;
    if (!holders.empty())
        return node.string() + " is in use by this program already: give each receiver a " +
               device + " of its own.";
    return node.string() + " is in use by another program, which is not to be seen from here: " +
           "\"sudo fuser -v " + node.string() + "\" names it. Stop it, or leave this " + device +
           " to it.";
}

std::string not_there(const std::filesystem::path& node) {
    if (node.empty())
        return "No device node is given: name one, such as /dev/dvb/adapter0/frontend0.";
    std::error_code ignored;
    // listed, and yet not to be found: a link, or a node whose driver is on its way out
    if (std::filesystem::exists(std::filesystem::symlink_status(node, ignored)))
        return node.string() + " leads nowhere: the device behind it is gone. Plug it in again.";
    const auto folder = node.parent_path();
    if (std::filesystem::is_directory(folder, ignored))
        return node.string() + " does not exist, although " + folder.string() +
               " does: this adapter has no such device. \"ls " + folder.string() +
               "\" shows those that it has.";
    return node.string() + " does not exist: there is no such adapter. Is it plugged in, is its "
                           "driver loaded and has it its firmware? \"sudo dmesg\" tells.";
}

std::string not_supported(const std::filesystem::path& node, node_kind kind) {
    if (kind == node_kind::ca)
        return node.string() + " has descramblers only and no CI slot: there is nothing for a CAM "
                               "in it. Leave it out of the receiver.";
    if (kind == node_kind::frontend)
        return node.string() + " cannot be used: this program was built without libdvbv5, which "
                               "tunes. Build it again with libdvbv5-dev installed.";
    return node.string() + " does not support what was asked of it: its driver is another kind.";
}

std::string refused(const std::filesystem::path& node, node_kind kind) {
    if (kind == node_kind::frontend)
        return node.string() + " refused what it was asked for: this tuner does not support that "
                               "delivery system, frequency or other property. Compare with "
                               "\"dvb-fe-tool --femon\" and correct the tuning.";
    if (kind == node_kind::ca)
        return node.string() + " refused what it was asked for: no module is ready in that slot.";
    return node.string() + " refused what it was asked for: either it is not the node of a " +
           std::string{called(kind)} + ", or its driver is an old one.";
}

} // namespace

std::string explain_holders(const std::filesystem::path& node,
                            const std::vector<node_holder>& holders) {
    std::string others;
    for (const auto& holder : holders)
        if (holder.pid != ::getpid())
            others += (others.empty() ? "" : " and ") + holder.program + " (process " +
                      std::to_string(holder.pid) + ")";
    if (others.empty())
        return {};
    return node.string() + " is in use by " + others + ": stop it, or leave this " +
           std::string{called(kind_of(node))} + " to it.";
}

std::string explain_node_error(const std::filesystem::path& node, const error_code& error) {
    const auto kind = kind_of(node);
    const auto name = node.string();
    if (!error)
        return name + " is well.";
    if (error.category() == boost::system::generic_category() ||
        error.category() == boost::system::system_category())
        switch (error.value()) {
        case EBUSY:
            return in_use(node, kind);
        case EACCES:
        case EPERM:
            return name + " may not be opened. " + who_may_open(node);
        case ENOENT:
        case ENOTDIR:
            return not_there(node);
        case ENODEV:
        case ENXIO:
            return name + " is gone: the device was unplugged, or its driver unloaded. Plug it in "
                          "again, or load the driver again: it is used as soon as it is back.";
        case EIO:
            return name + ": the device does not answer its driver. If that stays, take it out "
                          "and plug it in again; \"sudo dmesg\" tells more.";
        case ENOTSUP:
            return not_supported(node, kind);
        case ENOTTY:
        case EISDIR:
            return name + " is not the node of a " + std::string{called(kind)} +
                   " but something else: leave it out of the receiver.";
        case EINVAL:
            return refused(node, kind);
        case EMFILE:
            return name +
                   ": no room for one more opening. Either this program has too many files "
                   "open (raise LimitNOFILE=), or other programs use the " +
                   std::string{called(kind)} + " and leave it none of its filters.";
        case ENFILE:
        case ENOMEM:
            return name + ": the system has no memory or no room for it left (" + error.message() +
                   "). End other programs.";
        case ETIMEDOUT:
            return name + ": the device did not answer in time. It is tried again; if that stays, "
                          "\"sudo dmesg\" tells more.";
        case EOVERFLOW:
            return name + ": packets were lost, because this machine was too busy to fetch them "
                          "in time. Give it less to do.";
        case EPROTO:
            return name + ": what the device answered has no meaning. It is tried again.";
        default:
            return name + ": " + error.message() +
                   ". It is tried again; if that stays, \"sudo dmesg\" may tell why.";
        }
    return name + ": " + error.message() + ".";
}

} // namespace cihost::device
