// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "daemon/viewer_streams.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cihost::daemon {

/// The path of a request's target, decoded, without the query. Nothing for what is no path, or has
/// a NUL in it.
std::optional<std::string> parse_target(std::string_view target);

/// What its query says of `name`, decoded as far as it can be; nothing, or empty: nothing.
std::optional<std::string> query_value(std::string_view target, std::string_view name);

/// What may stand in a path as it is; all else with a percent sign.
std::string percent_encoded(std::string_view text);

/// Whether a Host header means this machine: localhost, a loopback address, or `own`; with a port
/// or without.
bool is_own_host(std::string_view host, std::string_view own);

/// "28106", or a name.
service_ref service_of_path(const std::string& text);

/// "/stream/103?receiver=roof". `reference`: number or name; `receiver`: empty: any.
std::string stream_path(const std::string& reference, const std::string& receiver);

std::string stream_address(const viewable_service& service, const std::string& host);

/// An extended M3U playlist, its addresses at `host`.
std::string playlist(const std::vector<viewable_service>& services, const std::string& host);

} // namespace cihost::daemon
