// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "device/system_calls.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <linux/dvb/ca.h>
#include <linux/dvb/frontend.h>
#include <map>
#include <string>
#include <sys/ioctl.h>
#include <vector>

namespace cihost::test {

/// Frontend and CA nodes as a driver answers for them. Each call can be made to fail.
class fake_dvb final : public device::system_calls {
  public:
    struct node {
        int open_error = 0;
        /// Of the request with this number, the errno it gives.
        std::map<unsigned long, int> failures;

        std::string name;
        std::uint32_t caps = 0;
        fe_type_t type = FE_OFDM;
        std::vector<std::uint8_t> systems;

        ca_caps ca{};
        std::vector<ca_slot_info> slots;

        int opens = 0;
        int flags = 0;
    };

    /// By path.
    std::map<std::string, node> nodes;
    /// Descriptors that are open now.
    std::map<int, std::string> descriptors;
    /// Closes of what was not open.
    int wrong_closes = 0;

    int open(const char* path, int flags) noexcept override {
        const auto found = nodes.find(path);
        if (found == nodes.end())
            return -ENOENT;
        if (found->second.open_error != 0)
            return -found->second.open_error;
        ++found->second.opens;
        found->second.flags = flags;
        descriptors[next_] = path;
        return next_++;
    }
    void close(int fd) noexcept override { wrong_closes += descriptors.erase(fd) == 1 ? 0 : 1; }
    int ioctl(int fd, unsigned long request, void* argument) noexcept override {
        const auto open = descriptors.find(fd);
        if (open == descriptors.end())
            return -EBADF;
        auto& at = nodes[open->second];
        if (const auto failure = at.failures.find(request); failure != at.failures.end())
            return -failure->second;
        switch (request) {
        case FE_GET_INFO:
            return info(at, *static_cast<dvb_frontend_info*>(argument));
        case FE_GET_PROPERTY:
            return properties(at, *static_cast<dtv_properties*>(argument));
        case CA_GET_CAP:
            *static_cast<ca_caps*>(argument) = at.ca;
            return 0;
        case CA_GET_SLOT_INFO:
            return slot(at, *static_cast<ca_slot_info*>(argument));
        default:
            return -ENOTTY;
        }
    }
    int ioctl(int, unsigned long, unsigned long) noexcept override { return -ENOTTY; }
    ssize_t read(int, void*, std::size_t) noexcept override { return -EINVAL; }
    ssize_t write(int, const void*, std::size_t) noexcept override { return -EINVAL; }
    bool node_removed(int) noexcept override { return false; }

  private:
    static int info(const node& at, dvb_frontend_info& to) {
        to = {};
        // a driver may fill the field to its last byte
        std::memcpy(to.name, at.name.data(), std::min(at.name.size(), sizeof to.name));
        to.caps = static_cast<fe_caps>(at.caps);
        to.type = at.type;
        return 0;
    }
    static int properties(const node& at, dtv_properties& to) {
        if (to.num != 1 || to.props->cmd != DTV_ENUM_DELSYS)
            return -EINVAL;
        // packed: no references into it
        auto& property = *to.props;
        property.u.buffer.len = static_cast<std::uint32_t>(at.systems.size());
        for (std::size_t n = 0; n < at.systems.size() && n < sizeof property.u.buffer.data; ++n)
            property.u.buffer.data[n] = at.systems[n];
        return 0;
    }
    static int slot(const node& at, ca_slot_info& to) {
        if (to.num < 0 || static_cast<std::size_t>(to.num) >= at.slots.size())
            return -EINVAL;
        to = at.slots[static_cast<std::size_t>(to.num)];
        return 0;
    }

    int next_ = 1000;
};

} // namespace cihost::test
