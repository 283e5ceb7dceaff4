// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "daemon/service_ref.hpp"
#include "runtime/receiver.hpp"

#include <span>
#include <vector>

namespace cihost::daemon {

/// The services somebody means: by program_number; or by exact name; or, if none has it, by a
/// name that differs in the case of A to Z alone.
std::vector<const runtime::service_report*>
find_services(std::span<const runtime::service_report> services, const service_ref& wanted);

} // namespace cihost::daemon
