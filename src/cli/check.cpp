// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/check.hpp"

#include <cerrno>
#include <filesystem>
#include <spawn.h>
#include <string>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <vector>

extern char** environ;

namespace cihost::cli {
namespace {

namespace fs = std::filesystem;

/// Both come from one build then.
std::string cihostd() {
    std::error_code failed;
    const auto own = fs::read_symlink("/proc/self/exe", failed);
    const auto beside = own.parent_path() / "cihostd";
    return !failed && ::access(beside.c_str(), X_OK) == 0 ? beside.string() : "cihostd";
}

exit_status status_of(int status) {
    if (!WIFEXITED(status))
        return exit_status::refused;
    return WEXITSTATUS(status) == 0 ? exit_status::done : exit_status::refused;
}

} // namespace

exit_status check(const check_command& what, bool as_json, const terminal& t) {
    std::vector<std::string> words{cihostd(), "--check"};
    if (what.file)
        words.insert(words.end(), {"--config", what.file->string()});
    if (as_json)
        words.emplace_back("--json");
    std::vector<char*> argv;
    for (auto& word : words)
        argv.push_back(word.data());
    argv.push_back(nullptr);

    t.out << std::flush;
    pid_t child = 0;
    const int failed = ::posix_spawnp(&child, argv.front(), nullptr, nullptr, argv.data(), environ);
    if (failed != 0) {
        t.err << "cihost: cihostd, which checks configurations, cannot be started ("
              << std::generic_category().message(failed)
              << "). Install it beside cihost, or in a folder of the PATH.\n";
        return exit_status::unreachable;
    }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return status_of(status);
}

} // namespace cihost::cli
