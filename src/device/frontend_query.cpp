// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/frontend_query.hpp"

#include "device/delivery_system.hpp"
#include "device/opened_node.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <iterator>
#include <linux/dvb/frontend.h>
#include <sys/ioctl.h>

namespace cihost::device {

namespace {

void add(std::vector<delivery_system>& systems, std::uint32_t number) {
    const auto system = from_kernel_number(number);
    if (system != delivery_system::unspecified &&
        std::find(systems.begin(), systems.end(), system) == systems.end())
        systems.push_back(system);
}

/// Drivers from before DTV_ENUM_DELSYS (2012) say one type, and what is beyond it by a flag.
void add_by_type(std::vector<delivery_system>& systems, const dvb_frontend_info& info) {
    const bool second = (info.caps & FE_CAN_2G_MODULATION) != 0;
    switch (info.type) {
    case FE_QPSK:
        add(systems, SYS_DVBS);
        if (second)
            add(systems, SYS_DVBS2);
        break;
    case FE_QAM:
        add(systems, SYS_DVBC_ANNEX_A);
        break;
    case FE_OFDM:
        add(systems, SYS_DVBT);
        if (second)
            add(systems, SYS_DVBT2);
        break;
    case FE_ATSC:
        if ((info.caps & (FE_CAN_8VSB | FE_CAN_16VSB)) != 0)
            add(systems, SYS_ATSC);
        if ((info.caps & (FE_CAN_QAM_64 | FE_CAN_QAM_256 | FE_CAN_QAM_AUTO)) != 0)
            add(systems, SYS_DVBC_ANNEX_B);
        break;
    }
}

} // namespace

result<frontend_identity> query_frontend(const std::filesystem::path& node, system_calls& calls) {
    // opening to read takes the frontend from nobody, and starts nothing
    const opened_node frontend{node, O_RDONLY | O_NONBLOCK | O_CLOEXEC, calls};
    if (frontend.fd() < 0)
        return opened_node::failure(frontend.fd());

    dvb_frontend_info info{};
    if (const int given = calls.ioctl(frontend.fd(), FE_GET_INFO, &info); given < 0)
        return opened_node::failure(given);
    frontend_identity found;
    found.name.assign(info.name, ::strnlen(info.name, sizeof info.name));

    dtv_property property{};
    property.cmd = DTV_ENUM_DELSYS;
    dtv_properties properties{.num = 1, .props = &property};
    const int given = calls.ioctl(frontend.fd(), FE_GET_PROPERTY, &properties);
    if (given == -ENODEV)
        return opened_node::failure(given);
    if (given < 0) {
        add_by_type(found.systems, info);
        return found;
    }
    const auto count = std::min<std::size_t>(property.u.buffer.len, sizeof property.u.buffer.data);
    for (std::size_t n = 0; n < count; ++n)
        add(found.systems, property.u.buffer.data[n]);
    return found;
}

} // namespace cihost::device
