// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/catch.hpp"
#include "support/hex.hpp"

#include <cihost/en50221/application_info.hpp>

using namespace cihost;
using namespace cihost::en50221;
using namespace cihost::test;

TEST_CASE("application_info: who the module is") {
    const auto body = "01 12 34 56 78 08 54 65 73 74 20 43 41 4D"_hex;
    CHECK(parse_application_info(body).value() == application_info{1, 0x1234, 0x5678, "Test CAM"});
}

TEST_CASE("application_info: a menu string longer than its object is clamped") {
    CHECK(parse_application_info("01 CAFE BABE FF 56 69 61"_hex).value() ==
          application_info{1, 0xCAFE, 0xBABE, "Via"});
    // one shorter than the object ends where it says
    CHECK(parse_application_info("01 CAFE BABE 01 56 69 61"_hex).value().menu_string == "V");
}

TEST_CASE("application_info: may lack the menu string, not the codes") {
    CHECK(parse_application_info("01 CAFE BABE 00"_hex).value().menu_string.empty());
    CHECK(parse_application_info("01 CAFE BABE"_hex).value().manufacturer_code == 0xBABE);
    CHECK(parse_application_info("01 CAFE BA"_hex).error() == errc::truncated);
    CHECK(parse_application_info({}).error() == errc::truncated);
}
