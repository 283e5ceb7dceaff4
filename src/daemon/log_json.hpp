// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "daemon/event_log.hpp"

#include <boost/json/object.hpp>

namespace cihost::daemon {

/// "at" (Unix time), "level", "area", "receiver" (null: none in particular), "message".
boost::json::object to_json(const log_line& line);

} // namespace cihost::daemon
