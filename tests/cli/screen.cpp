// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/screen.hpp"

#include "support/catch.hpp"

#include <sstream>

using namespace cihost::cli;

TEST_CASE("a text is cut to the window, colours and letters left whole") {
    CHECK(fitted("one\ntwo\n", {5, 80}) == "one\ntwo\n");
    CHECK(fitted("1\n2\n3\n4\n", {4, 80}) == "1\n2\n3\n4\n");
    CHECK(fitted("1\n2\n3\n4\n5\n", {4, 80}) == "1\n2\n3\n… 2 more lines\n");
    CHECK(fitted("1\n2\n", {3, 80}, "end") == "1\n2\nend\n");
    CHECK(fitted("1\n2\n3\n", {3, 80}, "end") == "1\n2\n… 1 more line; end\n");
    CHECK(fitted("1\n2\n3\n4\n", {3, 80}, "end") == "1\n2\n… 2 more lines; end\n");
    CHECK(fitted("1\n2\n", {1, 80}, "end") == "… 2 more lines; end\n");
    CHECK(fitted("Köln am Rhein\n", {4, 4}) == "Köln\n");
    CHECK(fitted("\x1b[32mclear\x1b[0m x\n", {4, 3}) == "\x1b[32mcle\x1b[0m\n");
    CHECK(fitted("\x1b[32mclear\x1b[0m\n", {4, 5}) == "\x1b[32mclear\x1b[0m\n");
    CHECK(fitted("", {4, 4}).empty());
}

TEST_CASE("the terminal is as it was afterwards, and nothing scrolls") {
    std::ostringstream out;
    {
        screen s{out};
        s.draw("a\nb\n", {2, 10});
    }
    CHECK(out.str() == "\x1b[?1049h\x1b[?7l\x1b[?25l"
                       "\x1b[Ha\x1b[K\r\nb\x1b[K\x1b[J"
                       "\x1b[?25h\x1b[?7h\x1b[?1049l");
}
