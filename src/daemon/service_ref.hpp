// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <variant>

namespace cihost::daemon {

/// How people name a service: its program_number, or its name as broadcast.
using service_ref = std::variant<std::uint16_t, std::string>;

/// "28106", or "'Das Erste HD'".
std::string to_string(const service_ref& service);

/// One that the configuration lists and its receiver does not find.
struct missing_service {
    service_ref service;
    /// A sentence, with what was probably meant and what is there.
    std::string reason;
};

} // namespace cihost::daemon
