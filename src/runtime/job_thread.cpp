// SPDX-License-Identifier: LGPL-2.1-or-later
#include "runtime/job_thread.hpp"

#include <utility>

namespace cihost::runtime {

job_thread::job_thread(std::size_t limit)
    : limit_{limit}
    , thread_{[this] { run(); }} {}

bool job_thread::post(std::function<void()> job) {
    {
        const std::lock_guard lock{mutex_};
        if (stopping_ || jobs_.size() >= limit_)
            return false;
        jobs_.push_back(std::move(job));
    }
    changed_.notify_one();
    return true;
}

void job_thread::stop() {
    std::deque<std::function<void()>> dropped;
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
        dropped.swap(jobs_);
    }
    changed_.notify_one();
    dropped.clear();
    if (thread_.joinable())
        thread_.join();
}

void job_thread::run() {
    std::unique_lock lock{mutex_};
    while (true) {
        changed_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
        if (stopping_)
            return;
        auto job = std::move(jobs_.front());
        jobs_.pop_front();
        lock.unlock();
        job();
        job = nullptr; // what it captured may block in its destructor: a device
        lock.lock();
    }
}

} // namespace cihost::runtime
