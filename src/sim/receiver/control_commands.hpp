// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "sim/receiver/receiver.hpp"

#include <cihost/time.hpp>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <string>
#include <vector>

namespace cihost::sim {

/// The head-end's services, as `cihost-sim services` and the control socket show them.
boost::json::array services_json(const std::vector<broadcast_service>& services);

/// What the control socket can ask of a running receiver:
///
///   {"command":"services"}                       {"command":"status"}
///   {"command":"move-ecm-pid","service":N}       {"command":"lock-loss","seconds":S}
///     with "same_version":true if the PMT's version is to stay
///   {"command":"move-pmt-pid","service":N}       {"command":"show-clear","service":N}
///   {"command":"show-scrambled","service":N}
///   {"command":"eject"}   {"command":"insert"}   {"command":"hang","seconds":S}
///   {"command":"faults","faults":["silent",…]}   in place of those told before; "none"
///
/// and those of air_commands.hpp and host_control_commands.hpp
/// (the last four and these with "slot":N, 0 if it is not there) answered by {"result":…} or
/// {"error":"a sentence"}. Any request has an answer.
boost::json::object obey(receiver& target, const boost::json::object& request, time_point now);

/// What "faults" can make of any module, separated by commas; the kernel lab's have more.
std::string known_module_faults();

} // namespace cihost::sim
