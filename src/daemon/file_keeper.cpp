// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/file_keeper.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <utility>

namespace cihost::daemon {

/// What the thread shares with its owner, which may have to go first.
struct file_keeper::state {
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<std::function<void()>> jobs;
    bool stopping = false;
    bool ended = false;

    void run() {
        std::unique_lock lock{mutex};
        while (true) {
            changed.wait(lock, [this] { return stopping || !jobs.empty(); });
            if (jobs.empty())
                break;
            const auto job = std::move(jobs.front());
            jobs.pop_front();
            lock.unlock();
            job();
            lock.lock();
        }
        ended = true;
        lock.unlock();
        changed.notify_all();
    }
};

file_keeper::file_keeper(std::chrono::milliseconds patience)
    : patience_{patience}
    , state_{std::make_shared<state>()}
    , thread_{[s = state_] { s->run(); }} {}

file_keeper::~file_keeper() {
    std::unique_lock lock{state_->mutex};
    state_->stopping = true;
    state_->changed.notify_all();
    const bool done = state_->changed.wait_for(lock, patience_, [this] { return state_->ended; });
    lock.unlock();
    if (done)
        thread_.join();
    else
        thread_.detach();
}

bool file_keeper::post(std::function<void()> job) {
    {
        const std::lock_guard lock{state_->mutex};
        if (state_->jobs.size() >= most_jobs)
            return false;
        state_->jobs.push_back(std::move(job));
    }
    state_->changed.notify_all();
    return true;
}

} // namespace cihost::daemon
