// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/delivery_descriptor.hpp"

#include "support/catch.hpp"
#include "support/hex.hpp"

#include <cstdint>

using namespace cihost;
using namespace cihost::device;
using namespace cihost::test;

TEST_CASE("delivery descriptors: satellite, cable and terrestrial, by EN 300 468's layouts") {
    // 11,757.25 MHz vertical, 27.5 MBaud
    const auto dvbs = parse_delivery("43 0B 01175725 0192 A1 02750003"_hex);
    REQUIRE(dvbs);
    CHECK(dvbs->system == delivery_system::dvbs);
    CHECK(dvbs->frequency_hz == 11'757'250'000);
    CHECK(dvbs->symbol_rate == 27'500'000);
    CHECK(dvbs->polarity == polarization::vertical);
    const auto dvbs2 = parse_delivery("43 0B 01175725 0192 86 02200003"_hex);
    REQUIRE(dvbs2);
    CHECK(dvbs2->system == delivery_system::dvbs2);
    CHECK(dvbs2->polarity == polarization::horizontal);
    // 346 MHz, 6.9 MBaud
    const auto dvbc = parse_delivery("44 0B 03460000 FFF2 05 0069000F"_hex);
    REQUIRE(dvbc);
    CHECK(dvbc->system == delivery_system::dvbc);
    CHECK(dvbc->frequency_hz == 346'000'000);
    CHECK(dvbc->symbol_rate == 6'900'000);
    // 474 MHz, 8 MHz
    const auto dvbt = parse_delivery("5A 0B 02D34440 1F 81 00 FFFFFFFF"_hex);
    REQUIRE(dvbt);
    CHECK(dvbt->system == delivery_system::dvbt);
    CHECK(dvbt->frequency_hz == 474'000'000);
    CHECK(dvbt->bandwidth_hz == 8'000'000);
}

TEST_CASE("delivery descriptors: the first that can be used, and nothing of what cannot") {
    const auto later = parse_delivery("7F 02 0400 44 03 010203 5A 05 02D34440 3F"_hex);
    REQUIRE(later);
    CHECK(later->bandwidth_hz == 7'000'000);
    for (const auto& none : {bytes{}, "5A"_hex, "5A 05 02D344"_hex, "5A 05 00000000 1F"_hex,
                             "43 0B 0A175725 0192 A1 02750003"_hex, "48 01 00"_hex})
        CHECK_FALSE(parse_delivery(none));
}

TEST_CASE("delivery descriptors: any bytes have an answer") {
    const auto good = "43 0B 01175725 0192 A1 02750003 44 0B 03460000 FFF2 05 0069000F"_hex;
    for (std::size_t size = 0; size <= good.size(); ++size)
        for (std::size_t at = 0; at < size; ++at)
            for (const unsigned flip : {0x01U, 0x80U, 0xFFU}) {
                bytes data(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size));
                data[at] = static_cast<std::uint8_t>(data[at] ^ flip);
                const auto where = parse_delivery(data);
                CHECK((!where || where->frequency_hz > 0));
            }
}
