// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

namespace cihost::daemon {

/// Tells systemd, if it started us and this build knows it, where the daemon stands.
void notify_ready() noexcept;
void notify_stopping() noexcept;

} // namespace cihost::daemon
