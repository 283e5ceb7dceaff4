// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/menu_view.hpp"

#include "support/catch.hpp"

#include <boost/json/parse.hpp>

using namespace cihost::cli;

namespace {

std::string shown(const char* menu) {
    const auto value = boost::json::parse(menu);
    return menu_text(json_view{value}, style{}) + menu_prompt(json_view{value});
}

} // namespace

TEST_CASE("a menu has numbers, and the module's own line breaks, but nothing else of its own") {
    CHECK(shown(R"({"form":"menu","title":"Main\u001b[2J\nMenu","subtitle":"sub","bottom":"end",
                    "choices":["Card","two\nlines",""]})") == "Main?[2J\nMenu\nsub\n"
                                                              "  1  Card\n"
                                                              "  2  two\n"
                                                              "     lines\n"
                                                              "  3\n"
                                                              "end\n"
                                                              "Choice (1 to 3, 0: back): ");
    CHECK(shown(R"({"form":"list","title":"Card","choices":["0123",""]})") ==
          "Card\n  0123\n\n0 when you have read it: ");
    CHECK(shown(R"({"form":"menu","title":"Empty","choices":[]})") ==
          "Empty\n0 when you have read it: ");
    std::string many = R"({"form":"menu","title":"T","choices":["a")";
    for (int i = 0; i < 9; ++i)
        many += R"(,"a")";
    CHECK(shown((many + "]}").c_str()).find("   1  a\n") != std::string::npos);
}

TEST_CASE("a question says what is expected") {
    CHECK(shown(R"({"form":"enquiry","title":"PIN?","blind":true,"answer_length":4})") ==
          "PIN?\nAnswer (4 characters, not shown, nothing: no answer): ");
    CHECK(shown(R"({"form":"enquiry","title":"Who?","blind":false,"answer_length":null})") ==
          "Who?\nAnswer (nothing: no answer): ");
}
