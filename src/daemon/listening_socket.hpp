// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/unique_fd.hpp"

#include <filesystem>
#include <sys/types.h>

namespace cihost::daemon {

/// A listening Unix stream socket in the file system, removed with this object.
class listening_socket {
  public:
    /// Creates the folder if need be. A socket that nobody listens on any more (a crash) is
    /// replaced; one that somebody listens on, or a file of another kind, is left alone.
    /// Throws std::runtime_error with a sentence for people.
    listening_socket(std::filesystem::path path, unsigned mode);
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

} // namespace cihost::daemon
