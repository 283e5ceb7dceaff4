// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "device/channel_list.hpp"

#include <boost/json/object.hpp>

#include <vector>

namespace cihost::daemon {

/// The answer to `channels`, as CONTROL.md documents it.
boost::json::object channel_report(const std::vector<device::channel>& channels);

} // namespace cihost::daemon
