// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/delivery_system.hpp"

#include <linux/dvb/frontend.h>

namespace cihost::device {

std::uint32_t kernel_number(delivery_system system) noexcept {
    switch (system) {
    case delivery_system::dvbt:
        return SYS_DVBT;
    case delivery_system::dvbt2:
        return SYS_DVBT2;
    case delivery_system::dvbc:
        return SYS_DVBC_ANNEX_A;
    case delivery_system::dvbs:
        return SYS_DVBS;
    case delivery_system::dvbs2:
        return SYS_DVBS2;
    case delivery_system::isdbt:
        return SYS_ISDBT;
    case delivery_system::atsc:
        return SYS_ATSC;
    case delivery_system::dvbc_b:
        return SYS_DVBC_ANNEX_B;
    case delivery_system::unspecified:
        break;
    }
    return SYS_UNDEFINED;
}

delivery_system from_kernel_number(std::uint32_t number) noexcept {
    switch (number) {
    case SYS_DVBT:
        return delivery_system::dvbt;
    case SYS_DVBT2:
        return delivery_system::dvbt2;
    case SYS_DVBC_ANNEX_A:
    case SYS_DVBC_ANNEX_C:
        return delivery_system::dvbc;
    case SYS_DVBS:
        return delivery_system::dvbs;
    case SYS_DVBS2:
        return delivery_system::dvbs2;
    case SYS_ISDBT:
        return delivery_system::isdbt;
    case SYS_ATSC:
        return delivery_system::atsc;
    case SYS_DVBC_ANNEX_B:
        return delivery_system::dvbc_b;
    default:
        return delivery_system::unspecified;
    }
}

} // namespace cihost::device
