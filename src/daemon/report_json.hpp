// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "daemon/receiver_set.hpp"
#include "daemon/service_plan.hpp"
#include "runtime/receiver.hpp"

#include <boost/json/object.hpp>

namespace cihost::daemon {

/// The reports as CONTROL.md gives them: keys are the members' names; what has not happened is
/// null.
boost::json::object to_json(const runtime::service_report& report);
boost::json::object to_json(const runtime::cam_report& report);
boost::json::object to_json(const runtime::trace_report& r);
boost::json::object to_json(const runtime::receiver_report& report);
boost::json::object to_json(const set_recording& recording);
boost::json::object to_json(const set_trace& trace);
boost::json::object to_json(const missing_service& missing);
boost::json::object to_json(const plan_line& line);

} // namespace cihost::daemon
