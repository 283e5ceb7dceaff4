// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/unique_fd.hpp"

#include <chrono>
#include <csignal>
#include <initializer_list>
#include <optional>

namespace cihost::cli {

/// For commands that go on until somebody ends them: while it lives, signals are things to wait
/// for, so that whatever was done to the terminal is undone. None is lost between two waits.
class attention {
  public:
    enum class reason {
        time_over,
        /// One of the descriptors can be read, or has ended.
        readable,
        /// The window of the terminal has another size.
        resized,
        /// Ctrl-C and the like: the command is to end.
        ended,
    };

    attention();
    attention(const attention&) = delete;
    attention& operator=(const attention&) = delete;
    ~attention();

    /// Without a time, for as long as it takes. Negative descriptors are none.
    reason wait(std::optional<std::chrono::milliseconds> time, std::initializer_list<int> fds);

  private:
    sigset_t signals_{};
    sigset_t before_{};
    unique_fd fd_;
};

/// Something can be read without waiting; or the end has come.
bool readable(int fd);

} // namespace cihost::cli
