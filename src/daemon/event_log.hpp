// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "runtime/receiver.hpp"

#include <spdlog/async_logger.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace cihost::daemon {

/// The daemon's log: one event a line, on stderr or in a file. A thread of its own writes, so a
/// stalled disk or journal delays nobody; if it stalls for long, the oldest lines are lost.
class event_log {
  public:
    /// Throws std::runtime_error with a sentence if the file cannot be opened.
    event_log(runtime::severity least, const std::optional<std::filesystem::path>& file);
    event_log(const event_log&) = delete;
    event_log& operator=(const event_log&) = delete;
    /// Writes what is still to be written.
    ~event_log();

    void write(const runtime::log_record& record, std::string_view receiver = {});
    /// For one receiver; usable on any thread while this object lives.
    runtime::log_function function(std::string receiver = {});

  private:
    std::shared_ptr<spdlog::async_logger> logger_;
    /// Goes first: its thread uses the logger until it has written everything.
    std::shared_ptr<spdlog::details::thread_pool> writer_;
};

/// Text from the air or a CAM on one line: control characters become \xNN.
std::string one_line(std::string_view text);

} // namespace cihost::daemon
