// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/suggestion.hpp"

#include "support/catch.hpp"

#include <vector>

using namespace cihost;

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
    CHECK(join(std::vector<std::string>{"a", "b"}, 2) == "a, b");
    CHECK(join(std::vector<std::string>{"a", "b", "c", "d"}, 2) == "a, b and 2 more");
}

TEST_CASE("of words to choose from each is there once") {
    const std::vector<std::string> words{"b", "a", "b", "c", "a"};
    CHECK(join(distinct(words)) == "b, a, c");
    CHECK(distinct({}).empty());
}

TEST_CASE("a mistyped command has a sentence") {
    const std::vector<std::string> commands{"status", "record"};
    CHECK(unknown_command("recrod", commands) ==
          "'recrod' is not a command; did you mean 'record'?");
    CHECK(unknown_command("dance", commands) ==
          "'dance' is not a command. Commands: status, record.");
    CHECK_FALSE(unknown_command("record", commands));
    CHECK_FALSE(unknown_command("--json", commands));
    CHECK_FALSE(unknown_command("", commands));
}
