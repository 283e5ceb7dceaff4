// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/hex.hpp"

#include <cihost/bytes.hpp>

#include <stdexcept>
#include <string_view>

namespace cihost::test {

/// Bytes of a test vector; a mistyped vector throws.
inline bytes operator""_hex(const char* text, std::size_t size) {
    auto data = from_hex(std::string_view(text, size));
    if (!data)
        throw std::invalid_argument("bad hex in a test vector");
    return *data;
}

} // namespace cihost::test
