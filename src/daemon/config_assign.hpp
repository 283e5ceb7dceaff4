// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "daemon/config_reader.hpp"
#include "policy/assignment.hpp"

#include <string>

namespace cihost::daemon {

/// Reads one [[assign]].
policy::assignment_rule read_assign(config_reader& r);
/// Reads [priorities].
policy::assignment_priorities read_priorities(config_reader& r);

/// "roof", or "roof:1" for a slot.
std::string to_string(const policy::assignment_target& target);

/// Lines for people.
std::string describe(const policy::assignment_rules& rules);

} // namespace cihost::daemon
