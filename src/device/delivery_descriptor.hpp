// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "device/tuning.hpp"

#include <cihost/bytes.hpp>

#include <cstdint>
#include <optional>

namespace cihost::device {

/// The first delivery system descriptor of a descriptor loop, EN 300 468 §6.2.13, that says how to
/// receive a multiplex: satellite, cable or terrestrial (DVB-T). Nothing if there is none.
/// Modulation and code rates are left to the frontend; lnb and satellite_number are not the
/// broadcaster's to tell.
std::optional<tuning> parse_delivery(bytes_view descriptors);

/// The tag of the descriptor for that system: 0x43, 0x44, 0x5A, or 0 where it is another.
std::uint8_t delivery_descriptor_tag(delivery_system system) noexcept;

} // namespace cihost::device
