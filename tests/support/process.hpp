// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "support/places.hpp"

#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <spawn.h>
#include <stdexcept>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

extern char** environ;

namespace cihost::test {

/// One of the programs of this build, which does not survive this object.
class process {
  public:
    /// With what it says, and complains of, at the end of a file.
    process(const std::string& name, std::vector<std::string> arguments,
            const std::filesystem::path& output) {
        posix_spawn_file_actions_t files;
        posix_spawn_file_actions_init(&files);
        posix_spawn_file_actions_addopen(&files, 1, output.c_str(), O_CREAT | O_WRONLY | O_APPEND,
                                         0600);
        posix_spawn_file_actions_adddup2(&files, 1, 2);
        start(name, std::move(arguments), files, 0);
    }
    struct on_node {
        /// Of a terminal.
        std::string node;
    };
    /// In a session of its own on a terminal, so that Ctrl-C comes.
    process(const std::string& name, std::vector<std::string> arguments, const on_node& terminal) {
        posix_spawn_file_actions_t files;
        posix_spawn_file_actions_init(&files);
        posix_spawn_file_actions_addopen(&files, 0, terminal.node.c_str(), O_RDWR, 0);
        posix_spawn_file_actions_adddup2(&files, 0, 1);
        posix_spawn_file_actions_adddup2(&files, 0, 2);
        start(name, std::move(arguments), files, POSIX_SPAWN_SETSID);
    }
    process(const process&) = delete;
    process& operator=(const process&) = delete;
    ~process() {
        if (pid_ > 0) {
            ::kill(pid_, SIGKILL);
            ::waitpid(pid_, nullptr, 0);
        }
    }

    pid_t pid() const noexcept { return pid_; }
    void signal(int number) const { ::kill(pid_, number); }
    /// Waits for its end; 128 and the signal's number if one ended it.
    int exit_status() {
        int status = 0;
        ::waitpid(pid_, &status, 0);
        pid_ = 0;
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }

  private:
    void start(const std::string& name, std::vector<std::string> arguments,
               posix_spawn_file_actions_t& files, short flags) {
        arguments.insert(arguments.begin(), program(name));
        std::vector<char*> argv;
        for (auto& word : arguments)
            argv.push_back(word.data());
        argv.push_back(nullptr);
        posix_spawnattr_t attributes;
        posix_spawnattr_init(&attributes);
        posix_spawnattr_setflags(&attributes, flags);
        const int failed =
            ::posix_spawn(&pid_, argv[0], &files, &attributes, argv.data(), environ);
        posix_spawnattr_destroy(&attributes);
        posix_spawn_file_actions_destroy(&files);
        if (failed != 0)
            throw std::runtime_error(name + " cannot be started");
    }

    pid_t pid_ = 0;
};

} // namespace cihost::test
