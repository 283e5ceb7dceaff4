// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace cihost::runtime {

/// A thread that runs jobs that may block, one after another.
class job_thread {
  public:
    explicit job_thread(std::size_t limit);
    job_thread(const job_thread&) = delete;
    job_thread& operator=(const job_thread&) = delete;
    ~job_thread() { stop(); }

    /// False: `limit` jobs wait already, or the thread was stopped.
    bool post(std::function<void()> job);
    /// Waits for the job in hand, drops the others.
    void stop();

  private:
    void run();

    const std::size_t limit_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::function<void()>> jobs_;
    bool stopping_ = false;
    std::thread thread_;
};

} // namespace cihost::runtime
