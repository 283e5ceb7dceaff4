// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/catch.hpp"

#include <cihost/ts/pid_table.hpp>

using namespace cihost::ts;

TEST_CASE("a PID never written to has the default value") {
    pid_table<int> table;
    CHECK(table[0x100] == 0);
    table.at(0x101) = 7;
    CHECK(table[0x101] == 7);
    CHECK(table[0x100] == 0);
}

TEST_CASE("every PID has a value of its own, and keeps its place") {
    pid_table<unsigned> table;
    const auto* const first = &table.at(5);
    for (unsigned pid = 0; pid < pid_count; ++pid)
        table.at(static_cast<cihost::ts::pid_t>(pid)) = pid + 1;
    for (unsigned pid = 0; pid < pid_count; ++pid)
        CHECK(table[static_cast<cihost::ts::pid_t>(pid)] == pid + 1);
    CHECK(first == &table[5]);
    CHECK(&table[0x2005] == first); // thirteen bits count
}

TEST_CASE("cleared, a table has forgotten everything") {
    pid_table<int> table;
    table.at(1) = 1;
    table.clear();
    CHECK(table[1] == 0);
    table.at(2) = 2;
    CHECK(table[2] == 2);
}
