// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "cli/style.hpp"

#include <boost/json/value.hpp>

#include <string>

/// The modules that are in the slots now, taken out of a `status`.
namespace cihost::cli {

/// {"cams":[…]}: a CAM's members, with `receiver` and `services` (`program_number`, `name`,
/// `state`), those that it is asked for.
boost::json::value cams_in_slots(const boost::json::value& status);
/// The same for people, with what to do next.
std::string cams_in_slots_text(const boost::json::value& cams, const style& s);

} // namespace cihost::cli
