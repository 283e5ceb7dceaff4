// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/stream_hub.hpp"

#include <utility>

namespace cihost::daemon {

void viewer_queue::wake(std::unique_lock<std::mutex>& lock) {
    if (!std::exchange(waiting_, false))
        return;
    lock.unlock();
    wake_();
}

void viewer_queue::push(const block& what) {
    std::unique_lock lock{mutex_};
    if (ended_)
        return;
    if (size_ + what->size() > limit_) {
        // what it has would be followed by a gap
        ended_ = overrun_ = true;
        why_ = "it did not take the stream as fast as it comes";
        blocks_.clear();
        size_ = 0;
        waiting_ = true; // a write that takes for ever is not waited for
    } else {
        size_ += what->size();
        blocks_.push_back(what);
    }
    wake(lock);
}

viewer_queue::block viewer_queue::take() {
    const std::lock_guard lock{mutex_};
    waiting_ = blocks_.empty() && !ended_;
    if (blocks_.empty())
        return nullptr;
    auto next = std::move(blocks_.front());
    blocks_.pop_front();
    size_ -= next->size();
    return next;
}

void viewer_queue::end(std::string why) {
    std::unique_lock lock{mutex_};
    if (std::exchange(ended_, true))
        return;
    why_ = std::move(why);
    waiting_ = true;
    wake(lock);
}

bool viewer_queue::ended() const {
    const std::lock_guard lock{mutex_};
    return ended_ && blocks_.empty();
}

bool viewer_queue::closed() const {
    const std::lock_guard lock{mutex_};
    return ended_;
}

bool viewer_queue::overrun() const {
    const std::lock_guard lock{mutex_};
    return overrun_;
}

std::string viewer_queue::why() const {
    const std::lock_guard lock{mutex_};
    return why_;
}

void stream_hub::push(const viewer_queue::block& what) {
    const std::lock_guard lock{mutex_};
    for (const auto& viewer : viewers_)
        viewer->push(what);
}

void stream_hub::add(std::shared_ptr<viewer_queue> viewer) {
    const std::lock_guard lock{mutex_};
    viewers_.push_back(std::move(viewer));
}

bool stream_hub::remove(const std::shared_ptr<viewer_queue>& viewer) {
    const std::lock_guard lock{mutex_};
    return std::erase(viewers_, viewer) > 0;
}

void stream_hub::end(const std::string& why) {
    const std::lock_guard lock{mutex_};
    for (const auto& viewer : viewers_)
        viewer->end(why);
}

std::size_t stream_hub::viewers() const {
    const std::lock_guard lock{mutex_};
    return viewers_.size();
}

} // namespace cihost::daemon
