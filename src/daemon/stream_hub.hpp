// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cihost/bytes.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace cihost::daemon {

/// What waits for one viewer: blocks of whole packets that all viewers of a service share. Filled
/// by the pump's thread, emptied by the viewer's.
class viewer_queue {
  public:
    /// A viewer that is further behind is dropped: some 3 s of 20 Mbit/s.
    static constexpr std::size_t default_limit = std::size_t{8} << 20;
    using block = std::shared_ptr<const bytes>;

    /// `wake` is called by any thread when there is a block after take() gave nothing, and when the
    /// end is set.
    explicit viewer_queue(std::function<void()> wake, std::size_t limit = default_limit)
        : limit_{limit}
        , wake_{std::move(wake)} {}

    void push(const block& what);
    /// The next block; nothing: later, or never when ended() says so.
    block take();
    /// Nothing more comes: `why`, a sentence.
    void end(std::string why);
    bool ended() const;
    /// The end is set; there may be blocks in front of it.
    bool closed() const;
    /// It was too slow.
    bool overrun() const;
    std::string why() const;

  private:
    void wake(std::unique_lock<std::mutex>& lock);

    const std::size_t limit_;
    const std::function<void()> wake_;
    mutable std::mutex mutex_;
    std::deque<block> blocks_;
    std::size_t size_ = 0;
    bool waiting_ = false;
    bool ended_ = false;
    bool overrun_ = false;
    std::string why_;
};

/// Hands the blocks of one service to all who view it. push() is the pump's, the rest the control
/// thread's.
class stream_hub {
  public:
    void push(const viewer_queue::block& what);
    void add(std::shared_ptr<viewer_queue> viewer);
    /// False: it was none.
    bool remove(const std::shared_ptr<viewer_queue>& viewer);
    void end(const std::string& why);
    std::size_t viewers() const;

  private:
    mutable std::mutex mutex_;
    std::vector<std::shared_ptr<viewer_queue>> viewers_;
};

} // namespace cihost::daemon
