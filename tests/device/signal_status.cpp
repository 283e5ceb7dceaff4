// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/frontend.hpp"
#include "support/catch.hpp"

using namespace cihost::device;

TEST_CASE("a signal is described by what the driver measures") {
    CHECK(describe(signal_status{}).empty());
    CHECK(describe(signal_status{.locked = true, .strength_mdbm = -48'000, .cnr_mdb = 27'540}) ==
          "-48.0 dBm, C/N 27.5 dB");
    CHECK(describe(signal_status{.strength_relative = std::uint16_t{65535},
                                 .cnr_relative = std::uint16_t{32768},
                                 .uncorrected_blocks = 7}) ==
          "100 %, C/N 50 %, 7 uncorrected blocks");
    CHECK(describe(signal_status{.cnr_mdb = 9'000}) == "C/N 9.0 dB");
}
