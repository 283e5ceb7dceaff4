// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/bytes.hpp>
#include <cihost/error.hpp>

#include <string>
#include <string_view>

namespace cihost {

/// "00 01 a0": two lower-case digits a byte, one space between.
std::string to_hex(bytes_view data);

/// Reads hex digits in pairs; white space between pairs is skipped.
/// errc::bad_value for anything else.
result<bytes> from_hex(std::string_view text);

} // namespace cihost
