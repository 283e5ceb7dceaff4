// SPDX-License-Identifier: LGPL-2.1-or-later
#include "en50221/redaction.hpp"

#include "support/catch.hpp"
#include "support/hex.hpp"

using namespace cihost;
using namespace cihost::en50221;
using namespace cihost::test;

TEST_CASE("redaction: what a module is told in writing is blotted out, and nothing else") {
    CHECK(without_answers("01 A0 0E 01 90 02 00 05 9F 88 08 05 01 30 30 30 30"_hex) ==
          "01 A0 0E 01 90 02 00 05 9F 88 08 05 01 2A 2A 2A 2A"_hex);
    // two objects in one SPDU, in the second of two TPDUs
    CHECK(without_answers(
              "01 A0 01 01 A0 11 01 90 02 00 05 9F 88 0B 01 01 9F 88 08 03 01 31 32"_hex) ==
          "01 A0 01 01 A0 11 01 90 02 00 05 9F 88 0B 01 01 9F 88 08 03 01 2A 2A"_hex);
    // no text in it
    for (const auto& block :
         {"01 A0 0A 01 90 02 00 05 9F 88 08 01 00"_hex, "01 A0 09 01 90 02 00 05 9F 88 08 00"_hex,
          "01 A0 0A 01 90 02 00 05 9F 88 0B 01 01"_hex, "01 A0 06 01 96 03 00 00 05"_hex,
          "01 A0 0E 01 90 02 00 05 9F 88 08 7F 01 30"_hex, "01"_hex, ""_hex,
          "01 A0 09 01 91 02 9F 88 08 03 01 31"_hex})
        CHECK(without_answers(block) == block);
}
