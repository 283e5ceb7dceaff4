// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/json_view.hpp"

#include "support/catch.hpp"

#include <boost/json/parse.hpp>

using cihost::cli::json_view;

TEST_CASE("what is missing or of another type is nothing") {
    const auto value = boost::json::parse(
        R"({"text":"a\u001bb","n":5,"negative":-5,"big":18446744073709551615,"real":0.5,"flag":true,
            "list":[1,2],"null":null,"deep":{"x":{"y":1}}})");
    const json_view v{value};
    CHECK(v["text"].text() == "a?b");
    CHECK(v["n"].number() == 5U);
    CHECK(v["n"].real() == 5.0);
    CHECK(v["big"].number() == 18446744073709551615U);
    CHECK(v["real"].real() == 0.5);
    CHECK(v["flag"].flag());
    CHECK(v["list"].list().size() == 2);
    CHECK(v["deep"]["x"]["y"].number() == 1U);
    CHECK(v["null"].null());

    CHECK_FALSE(v["negative"].number());
    CHECK_FALSE(v["real"].number());
    CHECK_FALSE(v["text"].number());
    CHECK_FALSE(v["none"]["at"]["all"].real());
    CHECK(v["n"].text().empty());
    CHECK(v["text"].list().empty());
    CHECK_FALSE(v["n"].flag());
    CHECK(v["none"].null());
    CHECK_FALSE(v["flag"].null());
}
