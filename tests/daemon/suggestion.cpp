// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/suggestion.hpp"

#include "support/catch.hpp"

#include <vector>

using namespace cihost::daemon;

TEST_CASE("a slip of the finger has a suggestion, another word has none") {
    const std::vector<std::string> words{"name", "device", "frequency", "services", "trace"};
    CHECK(suggestion("frequncy", words) == "frequency");
    CHECK(suggestion("fruquency", words) == "frequency");
    CHECK(suggestion("nmae", words) == "name");
    CHECK(suggestion("DEVICE", words) == "device");
    CHECK(suggestion("service", words) == "services");
    CHECK_FALSE(suggestion("modulation", words));
    CHECK_FALSE(suggestion("", words));
    CHECK_FALSE(suggestion(std::string(100000, 'n'), words));
    CHECK_FALSE(suggestion("name", {}));
}

TEST_CASE("words are joined by commas") {
    CHECK(join({}).empty());
    CHECK(join(std::vector<std::string>{"a", "b"}) == "a, b");
}
