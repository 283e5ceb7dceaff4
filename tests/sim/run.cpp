// SPDX-License-Identifier: GPL-2.0-or-later
#include "clear_stream.hpp"
#include "sim/commands/commands.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <CLI/CLI.hpp>

#include <csignal>
#include <string>

using namespace cihost;
using namespace cihost::sim;
using namespace cihost::test;

namespace {

/// The exit status of `cihost-sim run` on a little multiplex.
int run(const std::string& options) {
    const temporary_file file{clear_stream{}.make()};
    const temporary_folder folder;
    CLI::App program{"", "cihost-sim"};
    action chosen;
    add_run_command(program, chosen);
    program.parse("run " + file.name() + " --dir " + (folder.path() / "nodes").string() +
                  " --duration 0.3 " + options);
    sigset_t before;
    ::sigprocmask(SIG_BLOCK, nullptr, &before);
    const auto status = chosen();
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
    return status;
}

} // namespace

TEST_CASE("run: evidence that cannot be written is a failure") {
    CHECK(run("") == success);
    CHECK(run("--log /dev/full") == failure);
    CHECK(run("--control-words /dev/full") == failure);
}
