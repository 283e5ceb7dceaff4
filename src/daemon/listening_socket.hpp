// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/unique_fd.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <sys/types.h>

namespace cihost::daemon {

/// A listening Unix stream socket in the file system, removed with this object.
class listening_socket {
  public:
    /// Creates the folder if need be. A socket that nobody listens on any more (a crash) is
    /// replaced; one that somebody listens on, or a file of another kind, is left alone.
    /// `group`: whose members the middle digit of `mode` is for; nothing: the process's own group.
    /// Throws std::runtime_error with a sentence for people.
    listening_socket(std::filesystem::path path, unsigned mode,
                     const std::optional<std::string>& group = {});
    listening_socket(const listening_socket&) = delete;
    listening_socket& operator=(const listening_socket&) = delete;
    ~listening_socket();

    const std::filesystem::path& path() const noexcept { return path_; }
    /// Hands the descriptor over (to Asio); the file stays ours.
    int release() noexcept { return fd_.release(); }

  private:
    std::filesystem::path path_;
    unique_fd fd_;
    dev_t device_ = 0;
    ino_t inode_ = 0;
};

/// What a listening_socket there would meet, in sentences; empty ones: nothing.
struct socket_outlook {
    /// It could not be made.
    std::string problem;
    /// The name is taken, perhaps by another run of the same daemon.
    std::string remark;
};
/// But for the folder. Changes nothing.
socket_outlook look_at_socket(const std::filesystem::path& path,
                              const std::optional<std::string>& group = {});

} // namespace cihost::daemon
