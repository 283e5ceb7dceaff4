// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "daemon/receiver_set.hpp"

#include <boost/json/object.hpp>

namespace cihost::daemon {

/// `cam.reset`, as CONTROL.md documents it.
boost::json::object reset_cam(receiver_set& receivers, const boost::json::object& params);

} // namespace cihost::daemon
