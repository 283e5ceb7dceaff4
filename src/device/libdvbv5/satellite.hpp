// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "device/tuning.hpp"

#include <cihost/error.hpp>

#include <libdvbv5/dvb-fe.h>
#include <optional>

namespace cihost::device::dvbv5 {

/// LNB, DiSEqC switch and Unicable of `where` into `parms`; none of all that for other systems.
/// EINVAL: no such LNB, or no polarization for one.
error_code choose_lnb(dvb_v5_fe_parms& parms, const tuning& where, bool satellite);

/// The voltage and tone an LNB needs.
struct lnb_supply {
    bool high_voltage = false;
    bool tone = false;

    friend bool operator==(const lnb_supply&, const lnb_supply&) = default;
};

/// Where libdvbv5's own choice is wrong: it feeds 13 V and no tone whatever the polarization and
/// band behind switch inputs 2 and 3 (many switches only pass on what they are fed), and 13 V to
/// LNBs with one oscillator. None: its choice is right.
std::optional<lnb_supply> mended_supply(const dvb_v5_fe_parms& parms, const tuning& where);

} // namespace cihost::device::dvbv5
