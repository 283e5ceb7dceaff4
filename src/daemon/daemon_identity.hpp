// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <boost/json/object.hpp>

namespace cihost::daemon {

/// Version of the control protocol (CONTROL.md), told in `hello`. Additions keep it.
inline constexpr int control_protocol = 1;

/// Who answers here, as `hello` and `version` say it.
boost::json::object daemon_identity();

} // namespace cihost::daemon
