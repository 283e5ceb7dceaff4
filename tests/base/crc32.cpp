// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/crc32.hpp"

#include "support/catch.hpp"
#include "support/hex.hpp"

using namespace cihost;
using namespace cihost::test;

TEST_CASE("crc32 over a section with its CRC_32 is 0") {
    // PAT: transport_stream_id 1, program 1 on PID 0x100
    const auto section = "00 B0 0D 00 01 C1 00 00 00 01 E1 00"_hex;
    auto whole = section;
    const auto crc = crc32(section);
    for (int shift = 24; shift >= 0; shift -= 8)
        whole.push_back(static_cast<std::uint8_t>(crc >> shift));
    CHECK(crc32(whole) == 0);
    whole[3] ^= 1;
    CHECK(crc32(whole) != 0);
}

TEST_CASE("crc32 of the check string") {
    // CRC-32/MPEG-2 of "123456789"
    CHECK(crc32("31 32 33 34 35 36 37 38 39"_hex) == 0x0376E6E7);
}
