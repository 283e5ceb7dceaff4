// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/event_log.hpp"

#include "daemon/write_file.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

using namespace cihost;
using namespace cihost::daemon;
using runtime::severity;

namespace {

template<class Function>
std::string refusal(Function f) {
    try {
        f();
    } catch (const std::runtime_error& e) {
        return e.what();
    }
    return "none";
}

} // namespace

TEST_CASE("control characters stay on one line") {
    CHECK(one_line("a\nb\x1b[2J\x7f") == "a\\x0ab\\x1b[2J\\x7f");
    CHECK(one_line("Köln") == "Köln");
}

TEST_CASE("one event is one line in the file, from the configured level on") {
    const test::temporary_folder folder;
    const auto path = folder.path() / "log";
    {
        event_log log{severity::info, path};
        const auto receiver = log.function("roof");
        receiver({severity::warning, "cam", "Menu says:\nhello."});
        receiver({severity::debug, "cam", "Not this."});
        log.write({severity::error, "daemon", "Braces {} are text."});
    }
    std::ifstream in{path};
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    CAPTURE(text);
    CHECK(std::count(text.begin(), text.end(), '\n') == 2);
    CHECK(text.find(" warning cam [roof]: Menu says:\\x0ahello.\n") != std::string::npos);
    CHECK(text.find(" error   daemon: Braces {} are text.\n") != std::string::npos);
}

TEST_CASE("a log that cannot be opened is told") {
    const test::temporary_folder folder;
    test::write_file(folder.path() / "file", "");
    CHECK(refusal([&] {
              const event_log x{severity::info, folder.path() / "file/log"};
          }).find("cannot be opened") != std::string::npos);
}
