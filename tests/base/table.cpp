// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/table.hpp"

#include "support/catch.hpp"

using namespace cihost;

TEST_CASE("columns are as wide as their widest cell; colours take no room") {
    table t{{{"n", table::align::right}, {"name"}, {"x", table::align::right}}};
    CHECK(t.empty());
    t.add({std::string("1"), std::string("Köln"), table::cell{"7", "\x1b[31m7\x1b[0m"}});
    t.add({std::string("100"), std::string("a"), std::string("10")});
    CHECK(t.text(2) == "    n  name   x\n"
                       "    1  Köln   \x1b[31m7\x1b[0m\n"
                       "  100  a     10\n");
}
