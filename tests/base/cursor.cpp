// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/cursor.hpp"

#include "support/catch.hpp"
#include "support/hex.hpp"

using namespace cihost;
using namespace cihost::test;

TEST_CASE("cursor reads big-endian fields in order") {
    const auto data = "01 0203 E405 F006 0708090A"_hex;
    cursor c{data};
    CHECK(c.u8() == 1);
    CHECK(c.u16() == 0x0203);
    CHECK(c.pid() == 0x0405);
    CHECK(c.length12() == 6);
    CHECK(c.u32() == 0x0708090A);
    CHECK(c.empty());
    CHECK(c.ok());
}

TEST_CASE("cursor never leaves its bytes") {
    const auto data = "0102"_hex;
    cursor c{data};
    CHECK(c.u32() == 0);
    CHECK_FALSE(c.ok());
    CHECK(c.u8() == 0);
    CHECK(c.take(1).empty());
    CHECK_FALSE(c.ok());
}
