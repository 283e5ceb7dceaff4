// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

namespace cihost::daemon {

/// Tells the service manager, if one started us and wants to know, where the daemon stands.
void notify_ready() noexcept;
void notify_stopping() noexcept;

} // namespace cihost::daemon
