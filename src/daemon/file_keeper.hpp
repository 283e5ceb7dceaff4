// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <thread>

namespace cihost::daemon {

/// A thread for what is done with small files: in order, and never waited for but at the end. A
/// disk that hangs costs what is still to be done, not the daemon.
class file_keeper {
  public:
    static constexpr std::size_t most_jobs = 256;

    /// `patience`: how long the destructor waits for what is still to be done.
    explicit file_keeper(std::chrono::milliseconds patience = std::chrono::seconds{5});
    file_keeper(const file_keeper&) = delete;
    file_keeper& operator=(const file_keeper&) = delete;
    ~file_keeper();

    /// False: too much waits already. The job may outlive this object: it owns what it needs.
    bool post(std::function<void()> job);

  private:
    struct state;
    std::chrono::milliseconds patience_;
    std::shared_ptr<state> state_;
    std::thread thread_;
};

} // namespace cihost::daemon
