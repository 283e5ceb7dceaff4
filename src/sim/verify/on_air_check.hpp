// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "sim/verify/capture_index.hpp"
#include "sim/verify/verify.hpp"

#include <string>
#include <vector>

namespace cihost::sim {

/// Counts the scrambled and the clear audio and video packets of each service of the source in what
/// was on air: a clear recording proves nothing unless the stream was scrambled before.
std::vector<verified_service> check_on_air(const std::string& file, const capture_index& source,
                                           std::vector<std::string>& problems);

} // namespace cihost::sim
