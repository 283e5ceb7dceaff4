// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "device/tuning.hpp"

#include <cstdint>

namespace cihost::device {

constexpr bool is_satellite(delivery_system system) noexcept {
    return system == delivery_system::dvbs || system == delivery_system::dvbs2;
}

/// As linux/dvb/frontend.h numbers them (SYS_*); 0 for unspecified.
std::uint32_t kernel_number(delivery_system system) noexcept;

/// unspecified for what is not in our list. Cable annexes A (Europe) and C (Japan) differ in the
/// roll-off alone: both are dvbc.
delivery_system from_kernel_number(std::uint32_t number) noexcept;

} // namespace cihost::device
