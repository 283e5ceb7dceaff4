// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "policy/cam_memory.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <string_view>

namespace cihost::daemon {

/// What the file of what was learned holds: version, cams and slots.
inline constexpr int cam_memory_version = 1;

/// One record as the file and `cam.show` have it; times in milliseconds.
boost::json::object to_json(const policy::cam_record& record);
std::string memory_text(const policy::cam_memory& memory);
/// Empty, or why the text is none: then `memory` is as it was. Members that are missing or unknown
/// do no harm.
std::string restore_memory(std::string_view text, policy::cam_memory& memory);

} // namespace cihost::daemon
