// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "device/frontend.hpp"
#include "runtime/control_queue.hpp"
#include "runtime/device_factory.hpp"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace cihost::runtime {

/// What the frontend's thread last found out.
struct frontend_state {
    bool open = false;
    /// Why it is not open, or why tuning failed.
    error_code error;
    device::signal_status signal;
};

/// The thread on which a tuner lives: opens it (again and again while it is not there), tunes it
/// and polls its status. Every call on a frontend may block.
class frontend_thread {
  public:
    /// `changed` runs on the control thread after every look at the tuner.
    frontend_thread(control_queue& control, const device_factory& devices,
                    const device::tuning& tuning, std::function<void(frontend_state)> changed);
    frontend_thread(const frontend_thread&) = delete;
    frontend_thread& operator=(const frontend_thread&) = delete;
    ~frontend_thread();

  private:
    void run();
    /// From open to loss.
    void use(device::frontend& tuner);
    void tell(const frontend_state& state);
    /// False when it is time to go.
    bool sleep(duration d);

    control_queue& control_;
    const device_factory devices_;
    const device::tuning tuning_;
    const std::function<void(frontend_state)> changed_;
    std::mutex mutex_;
    std::condition_variable stop_asked_;
    bool stopping_ = false;
    std::thread thread_;
};

} // namespace cihost::runtime
