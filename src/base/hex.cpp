// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/hex.hpp"

namespace cihost {
namespace {

int digit(char c) noexcept {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool is_space(char c) noexcept { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

} // namespace

std::string to_hex(bytes_view data) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(data.size() * 3);
    for (const auto byte : data) {
        if (!text.empty())
            text += ' ';
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    return text;
}

result<bytes> from_hex(std::string_view text) {
    bytes data;
    for (std::size_t i = 0; i < text.size();) {
        if (is_space(text[i])) {
            ++i;
            continue;
        }
        const int high = digit(text[i]);
        const int low = i + 1 < text.size() ? digit(text[i + 1]) : -1;
        if (high < 0 || low < 0)
            return errc::bad_value;
        data.push_back(static_cast<std::uint8_t>(high << 4 | low));
        i += 2;
    }
    return data;
}

} // namespace cihost
