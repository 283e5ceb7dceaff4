// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "sim/receiver/cam_slot.hpp"

#include <cihost/time.hpp>

#include <boost/json/object.hpp>

#include <string_view>

namespace cihost::sim {

/// What a slot's module is to ask of its host:
///
///   {"command":"tune","service":N}               with "network":N and "stream":N if they are told
///   {"command":"replace","pid":P,"by":P}         with "reference":N, 1 if it is not there
///   {"command":"clear-replace"}                  the same
///   {"command":"release"}                        closes the Host Control session
///   {"command":"request-reset"}
using host_control_command = boost::json::object (*)(cam_slot&, const boost::json::object&,
                                                     time_point);
/// Nothing for another command.
host_control_command find_host_control_command(std::string_view name);

} // namespace cihost::sim
