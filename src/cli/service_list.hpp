// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "cli/command_line.hpp"
#include "cli/style.hpp"

#include <boost/json/value.hpp>

#include <string>

/// The services there are, from the air and from the channel list.
namespace cihost::cli {

/// {"services":[…]}: those of `services`, then those that stand in `channels` alone, their
/// `receiver` null. Added to each: `channel`, its place in the channel list, or null; `scrambled`,
/// null while not known; `cams`, those that may descramble it, with `receiver`, `slot` and `name`;
/// of a daemon that does not tell them, those in the slots that know one of its CA systems.
boost::json::value service_list(const boost::json::value& services,
                                const boost::json::value& channels,
                                const boost::json::value& status);
/// Those that a person asked for.
boost::json::value filtered(const boost::json::value& list, const services_command& wanted);
std::string service_list_text(const boost::json::value& list, const style& s);

} // namespace cihost::cli
