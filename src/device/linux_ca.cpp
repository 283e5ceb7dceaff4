// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/linux_ca.hpp"

#include "device/linux_receiver.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace cihost::device {

namespace {

/// CA_CI_LINK, CA_CI or 0. What a slot says of itself counts more than what the device says of all.
result<int> ci_type(const kernel_node& node, const ca_caps& all) noexcept {
    for (unsigned slot = 0; slot < std::min(all.slot_num, max_ca_slots); ++slot) {
        const auto info = ask_slot_info(node, slot);
        if (!info && info.error() == boost::system::errc::no_such_device)
            return info.error();
        for (const int type : {CA_CI_LINK, CA_CI})
            if (info && (info->type & type) != 0)
                return type;
    }
    for (const int type : {CA_CI_LINK, CA_CI})
        if (all.slot_num > 0 && (all.slot_type & static_cast<unsigned>(type)) != 0)
            return type;
    return 0;
}

result<ca_caps> capabilities(const kernel_node& node) noexcept {
    ca_caps all{};
    const auto error = node.ask(CA_GET_CAP, all);
    if (!error)
        return all;
    if (error.value() == ENOTTY) // a node without a CI behind it
        return from_errno(ENOTSUP);
    if (error.value() == EPERM) // dst_ca's "the card does not answer"
        return from_errno(EIO);
    return error;
}

} // namespace

result<std::unique_ptr<ca_device>> open_linux_ca(const linux_nodes& nodes, system_calls& calls) {
    auto node = kernel_node::open(calls, nodes.ca, O_RDWR);
    if (!node)
        return node.error();
    const auto all = capabilities(*node);
    if (!all)
        return all.error();
    const auto type = ci_type(*node, *all);
    if (!type)
        return type.error();
    switch (*type) {
    case CA_CI_LINK:
        return make_link_ca(std::move(*node), std::min(all->slot_num, max_ca_slots));
    case CA_CI:
        return make_high_level_ca(std::move(*node));
    default:
        return from_errno(ENOTSUP);
    }
}

} // namespace cihost::device
