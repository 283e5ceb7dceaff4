// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/catch.hpp"
#include "support/ts.hpp"

#include <cihost/ts/pid_filter.hpp>

using namespace cihost;
using namespace cihost::test;

TEST_CASE("pid_filter is a set of PIDs") {
    ts::pid_filter filter;
    CHECK(filter.count() == 0);
    filter.add(0x0000);
    filter.add(0x1FFF);
    filter.add(0x0100);
    filter.add(0x0100);
    CHECK(filter.count() == 3);
    CHECK(filter.matches(view(make_packet(0x0100, 0))));
    CHECK(filter.matches(view(make_packet(0x1FFF, 0))));
    CHECK_FALSE(filter.matches(view(make_packet(0x0101, 0))));
    filter.remove(0x0100);
    CHECK_FALSE(filter.contains(0x0100));
    const auto before = filter;
    filter.add_all();
    CHECK(filter.count() == ts::pid_count);
    CHECK_FALSE(filter == before);
    filter.clear();
    CHECK(filter == ts::pid_filter{});
}
