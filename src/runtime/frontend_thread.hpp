// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "device/frontend.hpp"
#include "runtime/control_queue.hpp"
#include "runtime/device_factory.hpp"

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace cihost::runtime {

/// What the frontend's thread last found out.
struct frontend_state {
    /// The order that this is about.
    std::uint64_t generation = 0;
    bool open = false;
    /// Why it is not open, or why tuning failed.
    error_code error;
    /// The error in a sentence, with the remedy.
    std::string problem;
    device::signal_status signal;
    /// When it was so.
    time_point at = never;
};

/// The thread on which a tuner lives: opens it (again and again while it is not there), tunes it
/// and polls its status. Every call on a frontend may block. With nothing to receive it is closed:
/// others may have it.
class frontend_thread {
  public:
    /// What to receive, or nothing; each with a number of its own.
    struct order {
        std::optional<device::tuning> where;
        std::uint64_t generation = 0;
    };

    /// `changed` runs on the control thread after every look at the tuner; when nothing is new but
    /// the figures of the signal, not before something else wakes that thread.
    frontend_thread(control_queue& control, const device_factory& devices, order first,
                    std::function<void(frontend_state)> changed);
    frontend_thread(const frontend_thread&) = delete;
    frontend_thread& operator=(const frontend_thread&) = delete;
    ~frontend_thread();

    /// Soon; at the latest when the call on the tuner in hand returns.
    void tune(order next);

  private:
    void run();
    /// From open to loss, or until there is nothing to receive.
    void use(device::frontend& tuner);
    void tell(frontend_state state);
    order wanted();
    /// Waits for something to receive; false when it is time to go.
    bool await_order();
    /// Shorter when there is another order than `present`; false when it is time to go.
    bool sleep(duration d, std::uint64_t present);

    control_queue& control_;
    const device_factory devices_;
    const std::function<void(frontend_state)> changed_;
    /// The latest that was told.
    std::optional<frontend_state> told_;
    /// The latest error, and what it means: others are asked only when it changes.
    error_code explained_;
    std::string explanation_;
    std::mutex mutex_;
    std::condition_variable asked_;
    order wanted_;
    bool stopping_ = false;
    std::thread thread_;
};

} // namespace cihost::runtime
