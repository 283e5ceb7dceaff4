// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/cursor.hpp"

#include <cstddef>
#include <string>

namespace cihost {

/// U+FFFD, in place of what is no character.
inline constexpr char32_t replacement_character = 0xFFFD;

inline void append_utf8(std::string& out, char32_t c) {
    const auto put = [&](char32_t byte) { out += static_cast<char>(byte); };
    if (c < 0x80) {
        put(c);
    } else if (c < 0x800) {
        put(0xC0 | c >> 6);
        put(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
        put(0xE0 | c >> 12);
        put(0x80 | (c >> 6 & 0x3F));
        put(0x80 | (c & 0x3F));
    } else {
        put(0xF0 | c >> 18);
        put(0x80 | (c >> 12 & 0x3F));
        put(0x80 | (c >> 6 & 0x3F));
        put(0x80 | (c & 0x3F));
    }
}

/// The next character; U+FFFD for a byte that begins none, which alone is then consumed.
inline char32_t next_utf8(cursor& c) noexcept {
    const char32_t lead = c.u8();
    if (lead < 0x80)
        return lead;
    const std::size_t more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
    if (lead < 0xC2 || lead > 0xF4 || c.left() < more)
        return replacement_character;
    char32_t character = lead & (0x3FU >> more);
    for (const auto byte : c.rest().first(more)) {
        if ((byte & 0xC0) != 0x80)
            return replacement_character;
        character = character << 6 | (byte & 0x3FU);
    }
    constexpr char32_t shortest[] = {0, 0x80, 0x800, 0x10000};
    const bool surrogate = character >= 0xD800 && character < 0xE000;
    if (character < shortest[more] || character > 0x10FFFF || surrogate)
        return replacement_character;
    c.skip(more);
    return character;
}

} // namespace cihost
