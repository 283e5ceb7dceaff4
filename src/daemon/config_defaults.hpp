// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <filesystem>

namespace cihost::daemon {

/// As root, or without a session of a user (a system service with its own account):
/// /run/cihost/control.sock; else $XDG_RUNTIME_DIR/cihost/control.sock.
std::filesystem::path default_socket();

/// As root /var/lib/cihost/recordings, else cihost/recordings in the user's data folder.
std::filesystem::path default_recording_directory();
/// Where what is learned of modules is kept: $STATE_DIRECTORY, as systemd sets it, counts first.
std::filesystem::path default_cam_memory();

} // namespace cihost::daemon
