// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "daemon/config_reader.hpp"
#include "daemon/http_server.hpp"

#include <optional>
#include <string_view>

namespace cihost::daemon {

/// [http]: where streams are to be had.
void read_http(config_reader& r, const toml::table& table, std::optional<http_address>& where);

/// "127.0.0.1:8088" or "[::1]:8088". Nothing: it is no address with a port.
std::optional<http_address> parse_http_address(std::string_view text);

} // namespace cihost::daemon
