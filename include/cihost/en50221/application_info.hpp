// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/bytes.hpp>
#include <cihost/error.hpp>

#include <cstdint>
#include <string>

namespace cihost::en50221 {

/// application_info(), EN 50221 §8.4.2.2: who the module says it is.
struct application_info {
    std::uint8_t application_type = 0;
    std::uint16_t manufacturer = 0;
    std::uint16_t manufacturer_code = 0;
    /// menu_string in UTF-8. A length beyond the object is clamped: some modules send one.
    std::string menu_string;

    friend bool operator==(const application_info&, const application_info&) = default;
};

/// Reads the body of APDU 9F8021.
result<application_info> parse_application_info(bytes_view body);

} // namespace cihost::en50221
