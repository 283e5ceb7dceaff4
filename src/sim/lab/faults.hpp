// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cihost::sim {

/// The lab_fault_* bit that people call so; "none" is 0. A hang is no fault here: it has an end.
std::optional<std::uint32_t> fault_of(std::string_view name) noexcept;
/// All names, separated by commas.
std::string known_faults();

} // namespace cihost::sim
