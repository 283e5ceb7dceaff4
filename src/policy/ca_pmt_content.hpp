// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "policy/ca_pmt_settings.hpp"

#include <cihost/en50221/ca_pmt.hpp>
#include <cihost/ts/pmt.hpp>

#include <cstdint>
#include <optional>
#include <vector>

namespace cihost::policy {

/// What a module with these CA systems (all, if there are none) is told of a service; nothing when
/// there is nothing in it that it could descramble. List management and command are left as they
/// are by default.
std::optional<en50221::ca_pmt> ca_pmt_of(const ts::pmt& table,
                                         const std::vector<std::uint16_t>& ca_system_ids,
                                         const ca_pmt_settings& settings);

/// PIDs of the streams that a module is asked for, those first that stay when it cannot take all:
/// so many from the first on as ca_pmt_settings::max_streams says. Empty: nothing to descramble.
std::vector<ts::pid_t> streams_by_weight(const ts::pmt& table, const ca_pmt_settings& settings);

/// Equal for the module: neither version nor list management makes a difference to it.
bool same_content(const en50221::ca_pmt& a, const en50221::ca_pmt& b);

/// CA systems of both levels, each once.
std::vector<std::uint16_t> systems_of(const en50221::ca_pmt& value);

} // namespace cihost::policy
