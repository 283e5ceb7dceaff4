// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/why_view.hpp"

#include "support/catch.hpp"

#include <boost/json/parse.hpp>

using namespace cihost::cli;
namespace json = boost::json;

TEST_CASE("why tells the sentence, what to do, and the evidence") {
    const auto why = json::parse(R"({"service":{"program_number":103,"name":"Docu Three"},
        "receiver":"roof","cause":"no_ecm","clear":false,"sentence":"No ECM has come.",
        "remedy":"Wait.","evidence":[{"what":"lock","value":"yes"},
                                     {"what":"ECMs","value":"0 on PID 300"}]})");
    CHECK(why_text(why, style{}) == "Docu Three (103): no ECM\n"
                                    "  No ECM has come.\n"
                                    "  Wait.\n"
                                    "\n"
                                    "  evidence\n"
                                    "  lock      yes\n"
                                    "  ECMs      0 on PID 300\n");
    CHECK_FALSE(found_clear(why));
}

TEST_CASE("a clear service has nothing to be done about") {
    const auto why = json::parse(R"({"service":{"program_number":0,"name":"Docu"},
        "cause":"clear","clear":true,"sentence":"The service is clear.","remedy":"",
        "evidence":[]})");
    CHECK(why_text(why, style{}) == "Docu: clear\n  The service is clear.\n");
    CHECK(found_clear(why));
}

TEST_CASE("an answer of another kind is no error") {
    CHECK(why_text(json::parse("{}"), style{}) == ": \n  \n");
    CHECK_FALSE(found_clear(json::parse("[]")));
    const auto number = json::parse(R"({"service":{"program_number":7},"cause":"x"})");
    CHECK(why_text(number, style{}).starts_with("7: x\n"));
}
