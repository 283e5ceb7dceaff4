// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/error.hpp>
#include <cihost/time.hpp>

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace cihost::runtime {

/// The way from the blocking threads to the control thread. post() may be called by any thread;
/// what was posted runs on the control thread, and never after close(): what is captured needs to
/// live only until then.
class control_queue {
  public:
    explicit control_queue(boost::asio::io_context& context);
    control_queue(const control_queue&) = delete;
    control_queue& operator=(const control_queue&) = delete;
    ~control_queue() { close(); }

    void post(std::function<void()> work) const;
    /// For work that nobody waits for: it wakes nobody up, and runs in front of whatever is posted
    /// next, or at the next catch_up().
    void post_quietly(std::function<void()> work) const;
    /// On the control thread, where it was woken up by something else than post().
    void catch_up() const;
    /// On the control thread.
    void close();
    boost::asio::io_context& context() const noexcept { return context_; }

  private:
    struct state {
        /// Read and written on the control thread alone.
        bool open = true;
        std::mutex mutex;
        std::vector<std::function<void()>> quiet;

        void catch_up();
    };

    boost::asio::io_context& context_;
    std::shared_ptr<state> state_;
};

/// Calls a function on the control thread at a time point that may be moved at will. A call may
/// come late, or once more after a move; never after destruction.
class control_timer {
  public:
    control_timer(boost::asio::io_context& context, std::function<void()> expired);
    control_timer(const control_timer&) = delete;
    control_timer& operator=(const control_timer&) = delete;
    ~control_timer();

    /// never = not at all.
    void set(time_point when);

  private:
    struct state;
    std::shared_ptr<state> state_;
    time_point when_ = never;
};

/// Calls a function on the control thread whenever a descriptor is readable. The descriptor is
/// duplicated: its owner may close it at any time after destruction of the watch.
class readable_watch {
  public:
    readable_watch(boost::asio::io_context& context, int fd, std::function<void()> readable);
    readable_watch(const readable_watch&) = delete;
    readable_watch& operator=(const readable_watch&) = delete;
    ~readable_watch();

    /// False: there was no descriptor left for it, and nothing will be told.
    bool watching() const noexcept;

  private:
    struct state;
    static void wait(const std::shared_ptr<state>& s);
    std::shared_ptr<state> state_;
};

} // namespace cihost::runtime
