// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "device/tuning.hpp"

#include <cihost/error.hpp>

#include <cstdint>
#include <libdvbv5/dvb-fe.h>

namespace cihost::device::dvbv5 {

/// Brings `where` into `parms`, all that it leaves open as AUTO, so that dvb_fe_set_parms() may
/// follow. EINVAL: this frontend, or a receiver at all, cannot receive that.
error_code store(dvb_v5_fe_parms& parms, const tuning& where);

/// Whether libdvbv5 hands property `command` on for this system (SYS_*).
bool takes(std::uint32_t system, std::uint32_t command) noexcept;

/// Whether property `command` with this value asks for no more than store() does by itself.
bool is_automatic(std::uint32_t command, std::uint32_t value) noexcept;

} // namespace cihost::device::dvbv5
