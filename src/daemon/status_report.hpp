// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "daemon/receiver_set.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <cstdint>
#include <string>

namespace cihost::daemon {

/// All receivers with their CAMs and services, as `status` and `subscribe` give them.
boost::json::array receivers_report(const receiver_set& receivers);
/// Of a member's service.
void add_viewers(boost::json::object& service, const receiver_set::member& m,
                 std::uint16_t program_number);

/// How it all fares, in one line for the service manager.
std::string status_line(receiver_set& receivers);

} // namespace cihost::daemon
