// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/crc32.hpp"
#include "support/catch.hpp"
#include "support/hex.hpp"
#include "support/ts.hpp"

#include <cihost/ts/time_table.hpp>

#include <bitstream/dvb/si.h>

#include <string>

using namespace cihost;
using namespace cihost::test;
using namespace std::chrono;

namespace {

bytes tot(const bytes& descriptors) {
    auto data = "73 70 00 C0 79 12 45 00 F0 00"_hex;
    data[2] = static_cast<std::uint8_t>(11 + descriptors.size());
    data[9] = static_cast<std::uint8_t>(descriptors.size());
    data.insert(data.end(), descriptors.begin(), descriptors.end());
    const auto crc = crc32(data);
    for (int shift = 24; shift >= 0; shift -= 8)
        data.push_back(static_cast<std::uint8_t>(crc >> shift));
    return data;
}

} // namespace

TEST_CASE("from_mjd_bcd reads the example of EN 300 468") {
    // 1993-10-13 12:45:00
    const sys_seconds expected = sys_days{year{1993} / 10 / 13} + 12h + 45min;
    CHECK(ts::from_mjd_bcd(0xC079124500) == expected);
    CHECK(ts::to_mjd_bcd(expected) == 0xC079124500);
}

TEST_CASE("times go there and back, as biTStream says") {
    for (const std::time_t time :
         {0L, 86399L, 951'782'400L, 1'700'000'000L, 1'709'164'799L, 2'000'000'000L}) {
        const sys_seconds expected{seconds{time}};
        const auto coded = dvb_time_encode_UTC(time);
        CHECK(ts::to_mjd_bcd(expected) == coded);
        CHECK(ts::from_mjd_bcd(coded) == expected);
    }
}

TEST_CASE("from_mjd_bcd refuses what is no time") {
    CHECK_FALSE(ts::from_mjd_bcd(0xFFFFFFFFFF).has_value());
    CHECK_FALSE(ts::from_mjd_bcd(0xC079240000).has_value());
    CHECK_FALSE(ts::from_mjd_bcd(0xC079126000).has_value());
    CHECK_FALSE(ts::from_mjd_bcd(0xC079120060).has_value());
    CHECK_FALSE(ts::from_mjd_bcd(0xC0790A0000).has_value());
    CHECK(ts::from_mjd_bcd(0xC079235959).has_value());
}

TEST_CASE("parse_time_table reads a TDT of biTStream") {
    bytes data(TDT_HEADER_SIZE);
    tdt_init(data.data());
    tdt_set_utc(data.data(), dvb_time_encode_UTC(1'700'000'000));
    const auto table = ts::parse_time_table(section(data)).value();
    CHECK(table.utc == sys_seconds{1'700'000'000s});
    CHECK(table.offsets.empty());
}

TEST_CASE("parse_time_table reads the offsets of a TOT") {
    const auto data = tot("58 1A "
                          "66 72 61 02 01 00 C0 7A 01 00 00 02 00 "
                          "63 61 6E 0D 03 30 C0 7A 01 00 00 02 30 "
                          "0A 00"_hex);
    const auto table = ts::parse_time_table(section(data)).value();
    REQUIRE(table.offsets.size() == 2);
    CHECK(std::string(table.offsets[0].country.data(), 3) == "fra");
    CHECK(table.offsets[0].region == 0);
    CHECK(table.offsets[0].offset == 60min);
    CHECK(table.offsets[1].region == 3);
    CHECK(table.offsets[1].offset == -(3h + 30min)); // west
}

TEST_CASE("parse_time_table leaves out offsets that are cut or not BCD") {
    CHECK(ts::parse_time_table(section(tot("58 03 66 72 61"_hex))).value().offsets.empty());
    CHECK(ts::parse_time_table(section(tot("58 0D 66 72 61 02 0A 00 C0 7A 01 00 00 02 00"_hex)))
              .value()
              .offsets.empty());
}

TEST_CASE("parse_time_table refuses what is no time table") {
    CHECK(ts::parse_time_table(section("70 70 05 FF FF FF FF FF"_hex)).error() == errc::bad_value);
    CHECK(ts::parse_time_table(section("70 70 04 C0 79 12 45"_hex)).error() == errc::truncated);
    CHECK(ts::parse_time_table(section("71 70 05 C0 79 12 45 00"_hex)).error() == errc::wrong_tag);
    CHECK(ts::parse_time_table(section(tot("58 0D 66"_hex))).error() == errc::bad_length);
    maltreat("70 70 05 C0 79 12 45 00"_hex,
             [](const ts::section_view& view) { (void)ts::parse_time_table(view); });
    const auto whole = "58 0D 66 72 61 02 01 00 C0 7A 01 00 00 02 00 0A 00"_hex;
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
        const auto data = tot(cut);
        CHECK(ts::parse_time_table(section(data)).has_value() == (size == 0 || size == 15));
    }
}
