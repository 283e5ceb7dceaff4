// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/cursor.hpp"
#include "base/writer.hpp"

#include <cstddef>

namespace cihost::en50221 {

/// length_field(), EN 50221 §7 (ASN.1 BER): shared by TPDU, SPDU and APDU. Longer forms than needed
/// are accepted, the indefinite form (80) is not.
inline std::size_t read_length(cursor& c) noexcept {
    const auto first = c.u8();
    if (first < 0x80)
        return first;
    const std::size_t size = first & 0x7FU;
    if (size == 0 || size > 4) {
        c.fail();
        return 0;
    }
    std::size_t value = 0;
    for (std::size_t i = 0; i < size; ++i)
        value = value << 8 | c.u8();
    return value;
}

/// The shortest form, as senders must; up to FFFF, more than any object of ours holds.
inline void write_length(writer& w, std::size_t value) {
    if (value < 0x80)
        w.u8(static_cast<unsigned>(value));
    else if (value < 0x100)
        w.u8(0x81).u8(static_cast<unsigned>(value));
    else
        w.u8(0x82).u16(static_cast<unsigned>(value));
}

} // namespace cihost::en50221
