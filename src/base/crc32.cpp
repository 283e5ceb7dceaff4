// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/crc32.hpp"

#include <array>

namespace cihost {
namespace {

constexpr auto make_table() {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < 256; ++i) {
        std::uint32_t value = i << 24;
        for (int bit = 0; bit < 8; ++bit)
            value = (value << 1) ^ ((value & 0x80000000U) != 0 ? 0x04C11DB7U : 0U);
        table[i] = value;
    }
    return table;
}

constexpr auto table = make_table();

} // namespace

std::uint32_t crc32(bytes_view data) noexcept {
    std::uint32_t crc = 0xFFFFFFFF;
    for (const auto byte : data)
        crc = (crc << 8) ^ table[(crc >> 24) ^ byte];
    return crc;
}

} // namespace cihost
