// SPDX-License-Identifier: LGPL-2.1-or-later
/// Debian's libucsi refuses nearly every PMT: its mpeg_pmt_section_codec reads es_info_length
/// before it has swapped its bytes. Preloaded, this function takes its place, so that gnutv and
/// MuMuDVB do what their authors meant. The contract is the library's: `section` is a PMT section
/// whose header and extension (8 bytes) are in the machine's byte order already; all other 16-bit
/// fields are turned in place. nullptr: malformed.

#include <cstddef>
#include <cstdint>
#include <utility>

namespace {

constexpr std::size_t header_size = 3;
constexpr std::size_t extended_size = 8;
constexpr std::size_t crc_size = 4;

void turn(std::uint8_t* p) { std::swap(p[0], p[1]); }

std::size_t low12(const std::uint8_t* p) {
    return static_cast<std::size_t>(p[1] << 8 | p[0]) & 0x0FFFU;
}

/// Descriptors fill `size` bytes exactly.
bool whole_descriptors(const std::uint8_t* p, std::size_t size) {
    std::size_t at = 0;
    while (at + 2 <= size)
        at += 2U + p[at + 1];
    return at == size;
}

} // namespace

extern "C" void* mpeg_pmt_section_codec(void* section) {
    auto* const p = static_cast<std::uint8_t*>(section);
    auto end = header_size + low12(p + 1);
    if (end < extended_size + 4 + crc_size)
        return nullptr;
    end -= crc_size;
    auto at = extended_size;
    turn(p + at);
    turn(p + at + 2);
    auto size = low12(p + at + 2);
    at += 4;
    if (at + size > end || !whole_descriptors(p + at, size))
        return nullptr;
    at += size;
    while (at + 5 <= end) {
        turn(p + at + 1);
        turn(p + at + 3);
        size = low12(p + at + 3);
        at += 5;
        if (at + size > end || !whole_descriptors(p + at, size))
            return nullptr;
        at += size;
    }
    return at == end ? section : nullptr;
}
