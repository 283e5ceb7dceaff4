// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/ca_query.hpp"

#include "device/opened_node.hpp"

#include <cerrno>
#include <fcntl.h>
#include <linux/dvb/ca.h>
#include <sys/ioctl.h>

namespace cihost::device {

namespace {

// the kernel's own limit is lower; a driver that says more is not believed
constexpr unsigned most_slots = 16;

ca_kind kind_of(unsigned type) noexcept {
    if ((type & CA_CI_LINK) != 0)
        return ca_kind::link;
    if ((type & CA_CI) != 0)
        return ca_kind::high_level;
    return ca_kind::descrambler;
}

} // namespace

result<ca_identity> query_ca(const std::filesystem::path& node, system_calls& calls) {
    const opened_node device{node, O_RDWR | O_NONBLOCK | O_CLOEXEC, calls};
    if (device.fd() < 0)
        return opened_node::failure(device.fd());

    ca_caps caps{};
    const int asked = calls.ioctl(device.fd(), CA_GET_CAP, &caps);
    if (asked == -ENOTTY) // no CI
        return ca_identity{.kind = ca_kind::descrambler, .slots = {}};
    if (asked < 0) // EPERM: a driver whose firmware does not answer
        return opened_node::failure(asked == -EPERM ? -EIO : asked);
    ca_identity found{.kind = ca_kind::descrambler};
    for (unsigned number = 0; number < caps.slot_num && number < most_slots; ++number) {
        ca_slot_info info{};
        info.num = static_cast<int>(number);
        const int given = calls.ioctl(device.fd(), CA_GET_SLOT_INFO, &info);
        if (given == -ENODEV)
            return opened_node::failure(given);
        // what a slot says of itself counts; some drivers say nothing there
        const bool says = given >= 0 && info.type != 0;
        const auto kind = kind_of(says ? static_cast<unsigned>(info.type) : caps.slot_type);
        if (kind == ca_kind::descrambler)
            continue;
        if (found.kind != ca_kind::link)
            found.kind = kind;
        const unsigned flags = given >= 0 ? info.flags : 0;
        ca_entry::slot slot{.present = (flags & CA_CI_MODULE_PRESENT) != 0,
                            .ready = (flags & CA_CI_MODULE_READY) != 0};
        // high-level drivers give either flag, and one of them never both
        if (kind == ca_kind::high_level)
            slot.present = slot.ready = slot.present || slot.ready;
        found.slots.push_back(slot);
    }
    return found;
}

} // namespace cihost::device
