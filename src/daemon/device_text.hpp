// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <boost/json/object.hpp>

#include <string>

namespace cihost::daemon {

/// A device_report() for people: a table for each adapter, then what is wrong and what to do.
std::string device_text(const boost::json::object& report);

} // namespace cihost::daemon
