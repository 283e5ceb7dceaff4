// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "daemon/service_ref.hpp"
#include "runtime/receiver.hpp"

#include <span>
#include <string_view>
#include <vector>

namespace cihost::daemon {

/// For the letters A to Z.
bool same_but_for_case(std::string_view a, std::string_view b);

/// The services somebody means: by program_number; or by exact name; or, if none has it, by a
/// name that differs in the case of A to Z alone.
std::vector<const runtime::service_report*>
find_services(std::span<const runtime::service_report> services, const service_ref& wanted);

} // namespace cihost::daemon
