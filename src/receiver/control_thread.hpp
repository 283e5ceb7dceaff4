// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "runtime/device_factory.hpp"
#include "runtime/receiver.hpp"

#include <cihost/log_record.hpp>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

namespace cihost::embedded {

/// A runtime::receiver with the thread that drives it, for callers on other threads. What they ask
/// is done one after the other.
class control_thread {
  public:
    /// The receiver is started. Throws receiver_error (failed) when the system has not what it
    /// needs.
    control_thread(runtime::receiver_settings settings, runtime::device_factory devices,
                   log_function log);
    control_thread(const control_thread&) = delete;
    control_thread& operator=(const control_thread&) = delete;
    ~control_thread();

    /// Does it on the thread, waits for it, and throws what it throws. Throws receiver_error: gone
    /// after close(), invalid on the thread itself, which would wait for ever.
    void run(const std::function<void(runtime::receiver&)>& work);
    /// Asks again and again until the answer is yes. False: it was not within `patience`.
    bool wait(std::chrono::milliseconds patience,
              const std::function<bool(runtime::receiver&)>& question);
    /// Ends the recordings and the receiver.
    void close();
    /// After close(): how a recording ended.
    std::optional<runtime::recording_report> end_of(std::uint64_t recording) const;

  private:
    class loop;

    void end_recordings();

    const std::shared_ptr<loop> loop_;
    mutable std::mutex mutex_;
    bool open_ = true;
    std::map<std::uint64_t, runtime::recording_report> ends_;
    std::thread thread_;
    /// Its own, for as long as this lives.
    std::thread::id id_;
};

} // namespace cihost::embedded
