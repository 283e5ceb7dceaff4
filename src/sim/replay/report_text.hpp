// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "sim/replay/recording.hpp"
#include "sim/replay/replay.hpp"

#include <cstddef>
#include <string>

namespace cihost::sim {

/// For people: what was played, the first `most` differences with both hosts' bytes, and what does
/// not matter.
std::string report_text(const recording& what, const replay_report& report, std::size_t most);

} // namespace cihost::sim
