// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/unique_fd.hpp"

#include <cihost/bytes.hpp>
#include <cihost/error.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>

namespace cihost::device {

/// Blocks on their way to the reader of a device whose own descriptor tells nothing: fd() is
/// readable as long as one waits. For any number of threads; bounded, and allocates nothing.
class block_queue {
  public:
    static constexpr std::size_t capacity = 16;
    static constexpr std::size_t max_block = 1 + 256;

    /// Takes an eventfd.
    explicit block_queue(unique_fd event) noexcept;

    int fd() const noexcept { return event_.get(); }
    /// False: no room, or longer than a block may be.
    bool push(bytes_view block) noexcept;
    /// The oldest block, cut to the buffer, or EAGAIN.
    result<std::size_t> pop(std::span<std::uint8_t> buffer) noexcept;
    bool full() const noexcept;
    void clear() noexcept;

  private:
    struct block {
        std::array<std::uint8_t, max_block> data;
        std::size_t size;
    };

    void set_unreadable() noexcept;

    const unique_fd event_;
    mutable std::mutex mutex_;
    std::array<block, capacity> blocks_;
    std::size_t first_ = 0;
    std::size_t count_ = 0;
};

} // namespace cihost::device
