// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/log_view.hpp"

#include "support/catch.hpp"

#include <boost/json/parse.hpp>

using namespace cihost::cli;
using cihost::severity;
namespace json = boost::json;

TEST_CASE("a line of the log has its time, level, area and receiver, and is safe") {
    const auto line = json::parse(R"({"at":1700000000.25,"level":"warning","area":"cam",
                                      "receiver":"roof","message":"It is\u001b silent."})");
    const auto text = log_line_text(line, style{});
    CHECK(text.find("2023-11-1") == 0); // in whatever time zone
    CHECK(text.substr(19) == "  warning  cam  roof  It is? silent.\n");
    CHECK(log_line_text(json::parse(R"({"level":"info","area":"daemon","receiver":null,
                                        "message":"x"})"),
                        style{}) == "-  info  daemon  x\n");
    CHECK(log_line_text(line, style{true}).find("\x1b[33mwarning\x1b[0m") != std::string::npos);
    CHECK_FALSE(log_line_text(json::parse(R"({"at":1e300})"), style{}).empty());
}

TEST_CASE("lines are picked by level and receiver") {
    const auto line = json::parse(R"({"level":"info","receiver":"roof"})");
    CHECK(is_wanted(line, {}));
    CHECK(is_wanted(line, {0, false, severity::info, "roof"}));
    CHECK_FALSE(is_wanted(line, {0, false, severity::warning, {}}));
    CHECK_FALSE(is_wanted(line, {0, false, severity::debug, "attic"}));
    // a newer daemon's
    CHECK(is_wanted(json::parse(R"({"level":"alarm"})"), {0, false, severity::error, {}}));
    CHECK(log_level("error") == severity::error);
    CHECK_FALSE(log_level("loud"));
}

TEST_CASE("levels are listed by area") {
    CHECK(log_levels_text(json::parse(R"({"levels":{"cam":"debug","daemon":"info"}})")) ==
          "  area    level\n  cam     debug\n  daemon  info\n");
    CHECK_FALSE(log_levels_text(json::parse("null")).empty());
}
