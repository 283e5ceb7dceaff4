// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <string>
#include <sys/types.h>

namespace cihost {

/// For those who may not use a control socket: what to do, by whom it belongs to.
std::string socket_remedy(const std::filesystem::path& socket);

/// The same for a socket of that owner, group and mode.
std::string socket_remedy(const std::filesystem::path& socket, uid_t owner, gid_t group,
                          mode_t mode);

} // namespace cihost
