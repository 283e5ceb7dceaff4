// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/counted.hpp"

#include "support/catch.hpp"

using namespace cihost;

TEST_CASE("one is not many, and none is") {
    CHECK(counted(0, "gap", "gaps") == "0 gaps");
    CHECK(counted(1, "packet is lost", "packets are lost") == "1 packet is lost");
    CHECK(counted(12, "packet is lost", "packets are lost") == "12 packets are lost");
}
