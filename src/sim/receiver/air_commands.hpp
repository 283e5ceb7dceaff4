// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "sim/receiver/receiver.hpp"

#include <cihost/time.hpp>

#include <boost/json/object.hpp>

#include <string_view>

namespace cihost::sim {

/// What can be missing or spoilt on air:
///
///   {"command":"withhold","part":"pmt","service":N}   "pat", "pmt", "ecm" or "emm", which is not
///                                                     sent any more; "service" for pmt and ecm
///   {"command":"restore","part":"pmt","service":N}    sent again
///   {"command":"noise","one_in":N}                    one packet in N is damaged or lost; 0: none
using air_command = boost::json::object (*)(receiver&, const boost::json::object&, time_point);
/// Nothing for another command.
air_command find_air_command(std::string_view name);

} // namespace cihost::sim
