// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ts/dvb_text.hpp"

#include "base/cursor.hpp"
#include "base/utf8.hpp"
#include "ts/dvb_charset.hpp"
#include "ts/dvb_charset_wide.hpp"

#include <cstdint>

namespace cihost::ts {
namespace {

/// Takes a character out of any table. Control codes stand at 80-9F in one-byte tables and at
/// E080-E09F in the others (EN 300 468 table A.1 and A.2).
void append(std::string& out, char32_t c) {
    if (c == 0x8A || c == 0xE08A || c == '\n')
        out += '\n';
    else if (c >= 0x20 && (c < 0x7F || c > 0x9F) && (c < 0xE080 || c > 0xE09F))
        append_utf8(out, c);
}

std::string iso_8859_text(int part, bytes_view text) {
    std::string out;
    for (const auto byte : text) {
        const auto c = from_iso_8859(part, byte);
        append(out, c == 0 && byte != 0 ? replacement_character : char32_t{c});
    }
    return out;
}

std::string iso_6937_text(bytes_view text) {
    std::string out;
    cursor c{text};
    while (!c.empty()) {
        const auto byte = c.u8();
        const bool letter_follows = !c.empty() && c.rest()[0] >= 0x20 && c.rest()[0] < 0x7F;
        if (is_mark(byte)) {
            const auto marked = compose(byte, letter_follows ? c.u8() : std::uint8_t{' '});
            append(out, marked.letter);
            append(out, marked.combining);
            continue;
        }
        const auto character = from_iso_6937(byte);
        append(out, character == 0 && byte != 0 ? replacement_character : char32_t{character});
    }
    return out;
}

/// ASCII and control codes of one byte, all else of two.
template<class Table>
std::string mixed_text(bytes_view text, Table table) {
    std::string out;
    cursor c{text};
    while (!c.empty()) {
        const auto lead = c.u8();
        if (lead < 0xA0) {
            append(out, lead);
            continue;
        }
        const char32_t character = c.empty() ? 0 : table(lead, c.rest()[0]);
        if (character != 0 || (!c.empty() && c.rest()[0] >= 0xA0))
            c.skip(1);
        append(out, character != 0 ? character : replacement_character);
    }
    return out;
}

std::string ucs_2_text(bytes_view text) {
    std::string out;
    cursor c{text};
    while (c.left() >= 2) {
        const char32_t character = c.u16();
        const bool surrogate = character >= 0xD800 && character < 0xE000;
        append(out, surrogate ? replacement_character : character);
    }
    return out;
}

std::string utf8_text(bytes_view text) {
    std::string out;
    cursor c{text};
    while (!c.empty())
        append(out, next_utf8(c));
    return out;
}

std::string unknown_text(bytes_view text) { return std::string(text.size(), '?'); }

} // namespace

std::string dvb_text(bytes_view text) {
    if (text.empty() || text[0] >= 0x20)
        return iso_6937_text(text);
    cursor c{text};
    const auto selector = c.u8();
    if (selector >= 0x01 && selector <= 0x0B && has_iso_8859(selector + 4))
        return iso_8859_text(selector + 4, c.rest());
    switch (selector) {
    case 0x10: {
        const int part = c.u16();
        return has_iso_8859(part) ? iso_8859_text(part, c.rest()) : unknown_text(c.rest());
    }
    case 0x11:
        return ucs_2_text(c.rest());
    case 0x12:
        return mixed_text(c.rest(), from_ks_x_1001);
    case 0x13:
        return mixed_text(c.rest(), from_gb_2312);
    case 0x14:
        return mixed_text(c.rest(), from_big5);
    case 0x15:
        return utf8_text(c.rest());
    case 0x1F: // encoding_type_id: compressed, or private
        c.u8();
        return unknown_text(c.rest());
    default:
        return unknown_text(c.rest());
    }
}

} // namespace cihost::ts
