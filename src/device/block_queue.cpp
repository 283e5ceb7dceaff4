// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/block_queue.hpp"

#include <algorithm>
#include <cerrno>
#include <sys/eventfd.h>
#include <utility>

namespace cihost::device {

block_queue::block_queue(unique_fd event) noexcept
    : event_{std::move(event)} {}

bool block_queue::push(bytes_view data) noexcept {
    const std::lock_guard lock{mutex_};
    if (count_ == capacity || data.size() > max_block)
        return false;
    auto& last = blocks_[(first_ + count_) % capacity];
    std::ranges::copy(data, last.data.begin());
    last.size = data.size();
    ++count_;
    ::eventfd_write(event_.get(), 1);
    return true;
}

result<std::size_t> block_queue::pop(std::span<std::uint8_t> buffer) noexcept {
    const std::lock_guard lock{mutex_};
    if (count_ == 0)
        return error_code{EAGAIN, boost::system::generic_category()};
    const auto& oldest = blocks_[first_];
    const auto size = std::min(oldest.size, buffer.size());
    std::copy_n(oldest.data.begin(), size, buffer.begin());
    first_ = (first_ + 1) % capacity;
    if (--count_ == 0)
        set_unreadable();
    return size;
}

bool block_queue::full() const noexcept {
    const std::lock_guard lock{mutex_};
    return count_ == capacity;
}

void block_queue::clear() noexcept {
    const std::lock_guard lock{mutex_};
    count_ = 0;
    set_unreadable();
}

void block_queue::set_unreadable() noexcept {
    eventfd_t ignored = 0;
    ::eventfd_read(event_.get(), &ignored);
}

} // namespace cihost::device
