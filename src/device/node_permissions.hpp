// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <string>

namespace cihost::device {

/// For one who was refused `node`: who may open it, and what to do. "It may be opened by group
/// video (crw-rw---- root:video): add your user: sudo adduser anna video, then log in again." A
/// whole sentence or two; also when the node cannot be looked at.
std::string who_may_open(const std::filesystem::path& node);

} // namespace cihost::device
