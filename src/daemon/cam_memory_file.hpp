// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "policy/cam_memory.hpp"
#include "runtime/control_queue.hpp"
#include "runtime/job_thread.hpp"
#include "runtime/receiver.hpp"

#include <cihost/time.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace cihost::daemon {

/// Where what was learned of modules outlives the daemon. A write goes to a file beside it that
/// takes its place when it is on the disk: whenever the daemon or the machine dies, the file is
/// whole, of before or of after. A thread of its own writes.
class cam_memory_file {
  public:
    /// Between two writes; and if there is something that must not be lost.
    static constexpr std::chrono::seconds pause{10};
    static constexpr std::chrono::seconds short_pause{1};

    /// An empty name: nothing is kept.
    cam_memory_file(std::filesystem::path file, runtime::log_function log);
    cam_memory_file(const cam_memory_file&) = delete;
    cam_memory_file& operator=(const cam_memory_file&) = delete;
    ~cam_memory_file();

    /// At the start; blocks. What cannot be read is set aside, and said.
    policy::cam_memory load();
    /// From time to time: writes if there is something new, and not too often.
    void look(const policy::cam_memory& memory, time_point now);
    /// At the end; blocks.
    void finish(const policy::cam_memory& memory);

  private:
    void set_aside(const std::string& why);

    const std::filesystem::path file_;
    const runtime::log_function log_;
    std::uint64_t loaded_ = 0;
    std::uint64_t written_ = 0;
    std::uint64_t weighty_written_ = 0;
    time_point written_at_ = time_point::min();
    /// Of the thread that writes: told once until it changes.
    std::shared_ptr<std::string> failure_ = std::make_shared<std::string>();
    std::unique_ptr<runtime::job_thread> thread_;
};

} // namespace cihost::daemon
