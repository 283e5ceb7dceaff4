// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/interruption.hpp"

#include "support/catch.hpp"

using cihost::cli::interruption;
using std::chrono::milliseconds;

TEST_CASE("a signal that came before the wait ends it") {
    interruption interrupted;
    ::raise(SIGINT); // to this thread
    CHECK(interrupted.wait(std::chrono::hours{1}));
    CHECK_FALSE(interrupted.wait(milliseconds{1}));
    ::raise(SIGTERM);
    CHECK(interrupted.wait(std::chrono::hours{1}));
    ::raise(SIGINT); // nobody waits for this one any more; it must not end the process
}
