// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "device/tuning.hpp"

#include <cstdint>

namespace cihost::test {

/// A multiplex, by its frequency.
inline device::tuning
at(std::uint64_t mhz, device::delivery_system system = device::delivery_system::dvbt) {
    device::tuning where;
    where.system = system;
    where.frequency_hz = mhz * 1'000'000;
    return where;
}

} // namespace cihost::test
