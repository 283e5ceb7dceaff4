// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ts/dvb_text_writer.hpp"

#include "base/utf8.hpp"
#include "base/writer.hpp"
#include "ts/dvb_charset.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace cihost::ts {
namespace {

constexpr unsigned line_break = 0x8A;

std::optional<std::u32string> characters_of(std::string_view utf8) {
    const bytes data{utf8.begin(), utf8.end()};
    std::u32string all;
    for (cursor c{data}; !c.empty();) {
        const auto left = c.left();
        const auto character = next_utf8(c);
        const bool control = character < 0x20 || (character >= 0x7F && character < 0xA0);
        // U+FFFD itself takes three bytes
        const bool broken = character == replacement_character && left - c.left() == 1;
        if (broken || (control && character != '\n'))
            return std::nullopt;
        all += character;
    }
    return all;
}

/// ASCII has the same place in every one-byte table.
bool put_ascii(writer& w, char32_t character) {
    if (character >= 0x7F)
        return false;
    w.u8(character == '\n' ? line_break : static_cast<unsigned>(character));
    return true;
}

bool put_iso_6937(writer& w, char32_t wanted) {
    for (unsigned code = 0xA0; code < 0x100; ++code)
        if (from_iso_6937(static_cast<std::uint8_t>(code)) == wanted) {
            w.u8(code);
            return true;
        }
    for (unsigned mark = 0xC0; mark < 0xD0; ++mark)
        for (unsigned letter = 'A'; letter <= 'z'; ++letter) {
            if (!is_mark(static_cast<std::uint8_t>(mark)))
                continue;
            const auto marked =
                compose(static_cast<std::uint8_t>(mark), static_cast<std::uint8_t>(letter));
            if (marked.letter == wanted && marked.combining == 0) {
                w.u8(mark).u8(letter);
                return true;
            }
        }
    return false;
}

bool put_iso_8859(writer& w, int part, char32_t wanted) {
    for (unsigned code = 0xA0; code < 0x100; ++code)
        if (from_iso_8859(part, static_cast<std::uint8_t>(code)) == wanted) {
            w.u8(code);
            return true;
        }
    return false;
}

std::optional<bytes> in_iso_6937(const std::u32string& text) {
    writer w;
    for (const auto character : text)
        if (!put_ascii(w, character) && !put_iso_6937(w, character))
            return std::nullopt;
    return w.take();
}

std::optional<bytes> in_iso_8859(int part, const std::u32string& text) {
    writer w;
    if (!has_iso_8859(part))
        return std::nullopt;
    if (part >= 5)
        w.u8(static_cast<unsigned>(part - 4));
    else
        w.u8(0x10).u16(static_cast<unsigned>(part));
    for (const auto character : text)
        if (!put_ascii(w, character) && !put_iso_8859(w, part, character))
            return std::nullopt;
    return w.take();
}

std::optional<bytes> in_ucs_2(const std::u32string& text) {
    writer w;
    w.u8(0x11);
    for (const auto character : text) {
        if (character > 0xFFFF)
            return std::nullopt;
        w.u16(character == '\n' ? 0xE000U | line_break : static_cast<unsigned>(character));
    }
    return w.take();
}

bytes in_utf8(const std::u32string& text) {
    std::string out{'\x15'};
    for (const auto character : text)
        append_utf8(out, character == '\n' ? 0xE000U | line_break : character);
    return {out.begin(), out.end()};
}

std::optional<bytes> in_table_of(bytes_view like, const std::u32string& text) {
    cursor c{like};
    const auto selector = c.u8();
    if (selector >= 0x01 && selector <= 0x0B)
        return in_iso_8859(selector + 4, text);
    if (selector == 0x10)
        return in_iso_8859(c.u16(), text);
    if (selector == 0x11)
        return in_ucs_2(text);
    if (selector == 0x15)
        return in_utf8(text);
    return std::nullopt;
}

} // namespace

std::optional<bytes> to_dvb_text(std::string_view utf8, bytes_view like) {
    const auto text = characters_of(utf8);
    if (!text)
        return std::nullopt;
    writer plain;
    bool ascii = true;
    for (const auto character : *text)
        ascii = ascii && put_ascii(plain, character);
    if (ascii)
        return plain.take();
    if (auto same = in_table_of(like, *text))
        return same;
    if (auto latin = in_iso_6937(*text))
        return latin;
    for (int part = 5; part <= 15; ++part)
        if (auto other = in_iso_8859(part, *text))
            return other;
    return in_utf8(*text);
}

} // namespace cihost::ts
