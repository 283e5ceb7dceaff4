// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/attention.hpp"

#include "support/catch.hpp"

#include <unistd.h>

using cihost::cli::attention;
using std::chrono::milliseconds;

TEST_CASE("signals are waited for, and none ends the process") {
    attention signals;
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) {
        ::raise(signal); // to this thread
        CHECK(signals.wait(std::nullopt, {}) == attention::reason::ended);
    }
    ::raise(SIGWINCH);
    CHECK(signals.wait(std::nullopt, {}) == attention::reason::resized);
    ::raise(SIGTSTP); // would leave the terminal in disorder
    CHECK(signals.wait(milliseconds{1}, {}) == attention::reason::time_over);
    ::raise(SIGINT);
    ::raise(SIGTERM); // nobody waits for these any more
}

TEST_CASE("what can be read ends the wait") {
    int ends[2] = {-1, -1};
    REQUIRE(::pipe(ends) == 0);
    const cihost::unique_fd reader{ends[0]};
    cihost::unique_fd writer{ends[1]};
    attention signals;
    CHECK_FALSE(cihost::cli::readable(reader.get()));
    CHECK(signals.wait(milliseconds{1}, {reader.get(), -1}) == attention::reason::time_over);
    writer.reset(); // the end, too
    CHECK(signals.wait(std::nullopt, {-1, reader.get()}) == attention::reason::readable);
    CHECK(cihost::cli::readable(reader.get()));
}
