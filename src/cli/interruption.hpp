// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <chrono>
#include <csignal>

namespace cihost::cli {

/// While it lives, Ctrl-C and SIGTERM end a wait() instead of the process. They are held back
/// outside of wait(), so none is lost between two.
class interruption {
  public:
    interruption();
    interruption(const interruption&) = delete;
    interruption& operator=(const interruption&) = delete;
    ~interruption();

    /// True if a signal came, false when the time is over.
    bool wait(std::chrono::milliseconds time);

  private:
    sigset_t signals_{};
    sigset_t before_{};
};

} // namespace cihost::cli
