// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/cam/journal.hpp"

namespace cihost::sim {

std::string hex_digits(std::uint32_t value, int digits) {
    std::string text;
    for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4)
        text += "0123456789abcdef"[value >> shift & 0xF];
    return text;
}

} // namespace cihost::sim
