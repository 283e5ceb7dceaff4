// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/fake_daemon.hpp"
#include "cli/on_terminal.hpp"
#include "support/catch.hpp"
#include "support/places.hpp"

#include <boost/json/array.hpp>

#include <cstdlib>
#include <fstream>
#include <sstream>

using namespace cihost::test;
namespace json = boost::json;

TEST_CASE("colours come on a terminal alone, and not with NO_COLOR") {
    fake_daemon daemon{
        always({{"receivers", json::array{{{"name", "roof"}, {"state", "locked"}}}}})};
    const auto said = [&](bool colours) {
        on_terminal person{{"--socket", daemon.socket(), "status"}, colours};
        REQUIRE(person.shows("receiver "));
        REQUIRE(person.shows("locked"));
        CHECK(person.exit_status() == 0);
        return person.said();
    };
    CHECK(said(false).find('\x1b') == std::string::npos);
    CHECK(said(true).find("\x1b[32mlocked\x1b[0m") != std::string::npos);

    // NO_COLOR is not set any more; now into a file
    const auto file = (daemon.folder() / "output").string();
    const auto command = program("cihost") + " --socket " + daemon.socket() + " status >" + file;
    REQUIRE(std::system(command.c_str()) == 0);
    std::ostringstream text;
    text << std::ifstream{file}.rdbuf();
    CHECK(text.str().find("receiver roof: locked") != std::string::npos);
    CHECK(text.str().find('\x1b') == std::string::npos);
}
