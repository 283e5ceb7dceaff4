// SPDX-License-Identifier: LGPL-2.1-or-later
#include "runtime/cam.hpp"

#include "support/catch.hpp"
#include "support/hex.hpp"

using namespace cihost;
using namespace cihost::runtime;
using namespace cihost::test;

TEST_CASE("a TPDU that begins a CA_PMT tells its service") {
    // tcid, T_Data_Last, length, tcid, session_number, ca_pmt_tag, length, list_management, …
    CHECK(ca_pmt_program("01 a0 0e 01 90 02 00 03 9f 80 32 06 03 00 65 c1 f0 00"_hex) == 0x65);
    // length in two bytes
    CHECK(ca_pmt_program("01 a0 10 01 90 02 00 03 9f 80 32 81 06 03 12 34 c1 f0 00"_hex) == 0x1234);
    CHECK_FALSE(ca_pmt_program("01 a0 01 01"_hex));
    CHECK_FALSE(ca_pmt_program("9f 80 32 06 03 00"_hex));
    CHECK_FALSE(ca_pmt_program("9f 80 32"_hex));
    CHECK_FALSE(ca_pmt_program({}));
}
