// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/printable.hpp"

#include "support/catch.hpp"

using namespace cihost;

TEST_CASE("nothing from the air reaches the terminal's controls") {
    CHECK(printable("Das Erste HD") == "Das Erste HD");
    CHECK(printable("WDR Köln") == "WDR Köln");
    CHECK(printable("\x1b[2J\r\n\x7f") == "?[2J???");
    CHECK(printable("a\xc2\x9b"
                    "31mb\xc2") == "a?31mb\xc2");
}

TEST_CASE("columns are counted by code points") {
    CHECK(width("Köln") == 4);
    CHECK(width("") == 0);
}
