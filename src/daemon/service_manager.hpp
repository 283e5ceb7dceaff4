// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace cihost::daemon {

/// Tells the service manager, if one started us and wants to know, where the daemon stands.
void notify_ready() noexcept;
/// Until the next notify_ready().
void notify_reloading() noexcept;
void notify_stopping() noexcept;
/// One line for people.
void notify_status(std::string_view text) noexcept;
/// There is one that listens.
bool service_manager_listens() noexcept;

/// How often it wants a sign of life before it takes the daemon for stuck; nothing: it does not.
std::optional<std::chrono::microseconds> watchdog_period() noexcept;
void notify_watchdog() noexcept;

} // namespace cihost::daemon
