// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "device/ca_device.hpp"
#include "device/kernel_node.hpp"

#include <cihost/error.hpp>

#include <linux/dvb/ca.h>
#include <memory>
#include <sys/ioctl.h>

namespace cihost::device {

/// More than any device has; what a confused driver says must not become as many threads.
inline constexpr unsigned max_ca_slots = 16;

/// The two kinds of device behind a caN, given the open node.
std::unique_ptr<ca_device> make_link_ca(kernel_node node, unsigned slots);
result<std::unique_ptr<ca_device>> make_high_level_ca(kernel_node node);

/// CA_GET_SLOT_INFO. The structure is fresh for each question: drivers write other slot numbers
/// into it, or nothing. ENODEV also when the node went from under it: of an adapter that was
/// unplugged some drivers say for ever that the slot is empty.
inline result<ca_slot_info> ask_slot_info(const kernel_node& node, unsigned slot) noexcept {
    ca_slot_info info{};
    info.num = static_cast<int>(slot);
    if (const auto error = node.ask(CA_GET_SLOT_INFO, info))
        return error;
    if (node.removed())
        return from_errno(ENODEV);
    return info;
}

/// Each slot has a type of its own, and one that is not ours counts as empty. A driver that says
/// none goes by what it said for all (CA_GET_CAP).
inline bool is_of_type(const ca_slot_info& info, int type) noexcept {
    return info.type == 0 || (info.type & type) != 0;
}

} // namespace cihost::device
