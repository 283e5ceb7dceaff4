// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/libdvbv5/list_text.hpp"

#include <algorithm>
#include <charconv>

namespace cihost::device::dvbv5 {

namespace {

char lower(char letter) noexcept {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

/// Length of the UTF-8 sequence at the start of `text`; 0: none.
std::size_t sequence(std::string_view text) noexcept {
    const auto at = [&](std::size_t n) { return static_cast<unsigned char>(text[n]); };
    const unsigned first = at(0);
    if (first < 0x80)
        return 1;
    const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || text.size() < length)
        return 0;
    for (std::size_t n = 1; n < length; ++n)
        if ((at(n) & 0xc0U) != 0x80)
            return 0;
    // overlong forms, surrogates, beyond U+10FFFF
    if ((first == 0xe0 && at(1) < 0xa0) || (first == 0xed && at(1) > 0x9f) ||
        (first == 0xf0 && at(1) < 0x90) || (first == 0xf4 && at(1) > 0x8f))
        return 0;
    return length;
}

bool is_utf8(std::string_view text) noexcept {
    while (!text.empty()) {
        const auto length = sequence(text);
        if (length == 0)
            return false;
        text.remove_prefix(length);
    }
    return true;
}

} // namespace

std::string_view trimmed(std::string_view text) noexcept {
    constexpr std::string_view blanks = " \t\r\v\f";
    const auto first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::vector<list_line> lines_of(std::string_view content) {
    constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
    if (content.starts_with(byte_order_mark))
        content.remove_prefix(byte_order_mark.size());
    std::vector<list_line> lines;
    unsigned line = 0;
    while (!content.empty()) {
        const auto end = content.find('\n');
        const auto text = trimmed(content.substr(0, end));
        content.remove_prefix(end == std::string_view::npos ? content.size() : end + 1);
        ++line;
        if (!text.empty() && text.front() != '#')
            lines.push_back({.number = line, .text = text});
    }
    return lines;
}

bool same_word(std::string_view a, std::string_view b) noexcept {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char left, char right) { return lower(left) == lower(right); });
}

std::optional<std::uint32_t> number(std::string_view text, std::uint32_t most) noexcept {
    std::uint32_t value = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    if (parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size() || value > most)
        return {};
    return value;
}

std::vector<std::string_view> fields(std::string_view text, char separator) {
    std::vector<std::string_view> found;
    for (;;) {
        const auto end = text.find(separator);
        found.push_back(trimmed(text.substr(0, end)));
        if (end == std::string_view::npos)
            return found;
        text.remove_prefix(end + 1);
    }
}

std::string as_utf8(std::string_view text) {
    const bool already = is_utf8(text);
    std::string result;
    for (const char letter : text) {
        const auto byte = static_cast<unsigned char>(letter);
        if (byte < 0x20 || byte == 0x7f)
            continue;
        if (already || byte < 0x80) {
            result += letter;
        } else {
            result += static_cast<char>(0xc0U | byte >> 6U);
            result += static_cast<char>(0x80U | (byte & 0x3fU));
        }
    }
    return result;
}

} // namespace cihost::device::dvbv5
