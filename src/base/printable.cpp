// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/printable.hpp"

namespace cihost {
namespace {

unsigned char byte(char c) { return static_cast<unsigned char>(c); }

} // namespace

std::string printable(std::string_view text) {
    std::string safe;
    safe.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto b = byte(text[i]);
        if (b == 0xC2 && i + 1 < text.size() && byte(text[i + 1]) < 0xA0) {
            safe += '?'; // U+0080…U+009F: some terminals obey them
            ++i;
        } else {
            safe += b < 0x20 || b == 0x7F ? '?' : text[i];
        }
    }
    return safe;
}

std::size_t width(std::string_view text) noexcept {
    std::size_t columns = 0;
    for (const char c : text)
        columns += (byte(c) & 0xC0U) != 0x80 ? 1 : 0;
    return columns;
}

} // namespace cihost
