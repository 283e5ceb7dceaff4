// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/node_problem.hpp"

#include "device/node_permissions.hpp"

#include <cerrno>
#include <unistd.h>

namespace cihost::device {

std::string in_use_problem(const node_entry& node) {
    std::string others;
    for (const auto& holder : node.holders)
        if (holder.pid != ::getpid())
            others += (others.empty() ? "" : ", ") + holder.program + " (process " +
                      std::to_string(holder.pid) + ")";
    if (others.empty())
        return {};
    return node.path.string() + " is in use by " + others +
           ": stop it, or leave this device to it.";
}

std::string query_problem(const node_entry& node, const std::string& what,
                          const error_code& error) {
    const auto path = node.path.string();
    switch (error.value()) {
    case EACCES:
    case EPERM:
        return path + " may not be opened. " + who_may_open(node.path);
    case EBUSY:
        if (auto text = in_use_problem(node); !text.empty())
            return text;
        return path + " is in use by a process that cannot be seen from here: as root, fuser -v " +
               path + " names it.";
    case ENOENT:
        return path + " leads nowhere: the device behind it is gone. Plug it in again.";
    case ENODEV:
    case ENXIO:
        return path + " has no device behind it any more: plug it in again, or load its driver "
                      "again.";
    case ENOTTY:
    case EISDIR:
        return path + " is not " + what + " but something else: remove it.";
    default:
        return path + " does not answer: " + error.message() +
               ". The kernel's log (dmesg) may say "
               "why.";
    }
}

} // namespace cihost::device
