// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/event_log.hpp"

#include "daemon/write_file.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

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

TEST_CASE("what stays in memory is short, whole characters, and not for long") {
    event_log log{severity::info, "/dev/null"};
    std::string umlauts;
    for (int i = 0; i < 5000; ++i)
        umlauts += "ö";
    log.write({severity::info, "cam", "x" + umlauts});
    CHECK(log.tail(1).front().message.size() == event_log::kept_message - 1);
    for (std::size_t i = 0; i < event_log::kept_lines; ++i)
        log.write({severity::info, "cam", "short"});
    CHECK(log.tail(5000).size() == event_log::kept_lines);
    CHECK(log.tail(5000).front().message == "short");
}

TEST_CASE("an area may have a level of its own") {
    log_levels levels = severity::warning;
    levels.areas["cam"] = severity::debug;
    event_log log{levels, "/dev/null"};
    log.write({severity::debug, "cam", "Kept."});
    log.write({severity::info, "stream", "Not kept."});
    CHECK(log.tail(9).size() == 1);
    log.set_levels(severity::info);
    log.write({severity::info, "stream", "Kept."});
    log.write({severity::debug, "cam", "Not kept."});
    CHECK(log.tail(9).size() == 2);
}

TEST_CASE("stderr is the journal if systemd says so of this very stream") {
    struct stat status {};
    REQUIRE(::fstat(STDERR_FILENO, &status) == 0);
    const auto is = [](const std::string& stream) {
        ::setenv("JOURNAL_STREAM", stream.c_str(), 1);
        const bool journal = stderr_is_journal();
        ::unsetenv("JOURNAL_STREAM");
        return journal;
    };
    CHECK(is(std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino)));
    CHECK_FALSE(is(std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino + 1)));
    CHECK_FALSE(is("nonsense"));
    CHECK_FALSE(stderr_is_journal());
}

TEST_CASE("a log that cannot be opened is told") {
    const test::temporary_folder folder;
    test::write_file(folder.path() / "file", "");
    CHECK(refusal([&] {
              const event_log x{severity::info, folder.path() / "file/log"};
          }).find("cannot be opened") != std::string::npos);
}
