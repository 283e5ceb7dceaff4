// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/cam/object_coding.hpp"

#include <cstdint>

namespace cihost::sim {

std::optional<std::size_t> read_length(cursor& from) {
    const unsigned first = from.u8();
    if (!from.ok())
        return std::nullopt;
    if (first < 0x80)
        return first;
    const unsigned count = first & 0x7F;
    if (count == 0 || count > 4)
        return std::nullopt;
    std::size_t length = 0;
    for (const auto byte : from.take(count))
        length = length << 8 | byte;
    if (!from.ok())
        return std::nullopt;
    return length;
}

void write_length(writer& to, std::size_t length) {
    const auto value = static_cast<unsigned>(length);
    if (length < 0x80)
        to.u8(value);
    else if (length < 0x100)
        to.u8(0x81).u8(value);
    else
        to.u8(0x82).u16(value);
}

std::optional<bytes_view> read_body(cursor& from) {
    const auto length = read_length(from);
    if (!length)
        return std::nullopt;
    const auto body = from.take(*length);
    if (!from.ok())
        return std::nullopt;
    return body;
}

} // namespace cihost::sim
