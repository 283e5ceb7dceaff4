// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace cihost::policy {

/// "0500 (Viaccess), 4AFE"; "none" for none, and of very many the first.
std::string list_ca_systems(const std::vector<std::uint16_t>& ids);

} // namespace cihost::policy
