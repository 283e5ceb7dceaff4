// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "sim/verify/capture_index.hpp"
#include "sim/verify/verify.hpp"

#include <optional>

namespace cihost::sim {

/// Lays one recording beside the source and says what is not as it should be.
verified_recording check_recording(const capture_index& source, const capture_index& recording,
                                   const verify_settings::recording& what,
                                   std::optional<double> max_tail_seconds);

} // namespace cihost::sim
