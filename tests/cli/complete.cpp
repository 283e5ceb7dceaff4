// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/complete.hpp"

#include "cli/fake_daemon.hpp"
#include "support/catch.hpp"
#include "support/places.hpp"
#include "support/temporary_folder.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

using namespace cihost::cli;
using namespace cihost::test;
namespace json = boost::json;

namespace {

using words = std::vector<std::string>;

words complete(const words& line) {
    return completions(line, [](const std::string& kind) { return words{"<" + kind + ">"}; });
}

bool offers(const words& line, const char* word) {
    const auto all = complete(line);
    return std::find(all.begin(), all.end(), word) != all.end();
}

json::object known(const std::string& method) {
    const auto named = [](const char* list, const char* key, json::array names) {
        json::array all;
        for (const auto& name : names)
            all.push_back(json::object{{key, name}});
        return json::object{{list, all}};
    };
    if (method == "services")
        return named("services", "name", {"Das Erste HD", "Das $(x)", "ZDF\x1b"});
    if (method == "channels")
        return named("channels", "name", {"arte"});
    if (method == "cam.list")
        return named("cams", "id", {"4A20:4A20 AlphaCrypt"});
    return {{"receivers",
             json::array{json::object{
                 {"name", "roof"},
                 {"cams", json::array{json::object{{"slot", 0}}, json::object{{"slot", 1}}}}}}}};
}

/// What bash offers for a line in words, one a line.
std::string bash(const std::string& words_of_line) {
    const temporary_folder folder;
    const auto script = folder.path() / "script";
    const auto output = folder.path() / "output";
    std::ofstream{script} << "PATH=" << program("cihost").substr(0, program("cihost").rfind('/'))
                          << ":$PATH\nsource " << source_file("src/cli/completion/cihost.bash")
                          << "\nCOMP_WORDS=(" << words_of_line
                          << ")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_cihost\n"
                          << "printf '%s\\n' \"${COMPREPLY[@]}\"\n";
    const auto call = "bash --norc " + script.string() + " >" + output.string() + " 2>&1";
    REQUIRE(std::system(call.c_str()) == 0);
    std::ostringstream text;
    text << std::ifstream{output}.rdbuf();
    return text.str();
}

} // namespace

TEST_CASE("commands are offered, and those below them") {
    CHECK(complete({"stat"}) == words{"status"});
    CHECK(complete({"cam", "f"}) == words{"forget"});
    CHECK(complete({"log", "lev"}) == words{"level"});
    CHECK(offers({""}, "menu"));
    CHECK(offers({}, "menu"));
    CHECK_FALSE(offers({""}, "complete"));
    CHECK(complete({"nonsense", "x"}).empty());
}

TEST_CASE("options of a command are offered, and those for all") {
    CHECK(complete({"record", "--du"}) == words{"--duration"});
    CHECK(complete({"cam", "pin", "X", "--p"}) == words{"--profile"});
    CHECK(offers({"cam", "pin", "-"}, "--json"));
    CHECK(offers({"--"}, "--socket"));
    CHECK_FALSE(offers({"status", "--"}, "--duration"));
}

TEST_CASE("values are offered where they belong") {
    CHECK(complete({"record", ""}) == words{"<SERVICE>"});
    CHECK(complete({"record", "ZDF", ""}).empty());
    CHECK(complete({"record", "--duration", "1h", ""}) == words{"<SERVICE>"});
    CHECK(complete({"record", "--json", ""}) == words{"<SERVICE>"});
    CHECK(complete({"record", "--receiver", ""}) == words{"<NAME>"});
    CHECK(complete({"stream", "--receiver", ""}) == words{"<NAME>"});
    CHECK(complete({"cam", "profile", ""}) == words{"<CAM>"});
    CHECK(complete({"cam", "profile", "X", ""}) == words{"<PROFILE>"});
    CHECK(offers({"log", "level", ""}, "debug"));
    CHECK(offers({"log", "level", "cam", ""}, "debug"));
    CHECK(offers({"log", "--level", ""}, "warning"));
    CHECK(offers({"menu", ""}, "<RECEIVER[:SLOT]>"));
}

TEST_CASE("bash offers what the daemon knows, quoted") {
    if (std::system("bash --version >/dev/null 2>&1") != 0) {
        WARN("SKIPPED: no bash");
        return;
    }
    fake_daemon daemon{[](const std::string& method, const json::object&) {
        return json::object{{"result", known(method)}};
    }};
    const auto asked = [&](const std::string& rest) {
        return bash("cihost --socket " + daemon.socket() + " " + rest);
    };
    CHECK(asked("sta") == "status\n");
    CHECK(asked("cam sh") == "show\n");
    CHECK(asked("menu --answ") == "--answer-stdin\n");
    CHECK(asked("record Das") == "Das\\ \\$\\(x\\)\nDas\\ Erste\\ HD\n");
    CHECK(asked("record 'Das\\ E'") == "Das\\ Erste\\ HD\n");
    CHECK(asked("record '\"Das E'") == "Das Erste HD\n");
    CHECK(asked("record ar") == "arte\n");
    CHECK(asked("record ZD") == "\n"); // a name that no terminal could bear
    // bash takes these apart
    CHECK(asked("menu roof : ''") == "0\n1\n");
    CHECK(asked("cam show 4A20 : 4") == "4A20\\ AlphaCrypt\n");
    // without a daemon
    CHECK(bash("cihost --socket /nonexistent record D") == "\n");
}
