// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "daemon/log_levels.hpp"
#include "runtime/receiver.hpp"

#include <spdlog/async_logger.h>

#include <chrono>
#include <cstddef>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cihost::daemon {

/// One event of the log.
struct log_line {
    std::chrono::system_clock::time_point at;
    severity level = severity::info;
    std::string area;
    /// Empty: none in particular.
    std::string receiver;
    std::string message;
};

/// The daemon's log: one event a line, on stderr or in a file. A thread of its own writes, so a
/// stalled disk or journal delays nobody; if it stalls for long, the oldest lines are lost. The
/// latest lines stay in memory. Where stderr is the journal, each line begins with its level as
/// sd-daemon(3) has it ("<4>"), and the time is the journal's.
class event_log {
  public:
    /// Lines that stay in memory, and the longest message of one, in bytes.
    static constexpr std::size_t kept_lines = 1000;
    static constexpr std::size_t kept_message = 4096;

    /// Gets each line that is written, on the thread that writes it; it must not use the log.
    using listener = std::function<void(const log_line&)>;

    /// Throws std::runtime_error with a sentence if the file cannot be opened.
    event_log(log_levels levels, const std::optional<std::filesystem::path>& file);
    event_log(const event_log&) = delete;
    event_log& operator=(const event_log&) = delete;
    /// Writes what is still to be written.
    ~event_log();

    void write(const runtime::log_record& record, std::string_view receiver = {});
    /// For one receiver; usable on any thread while this object lives.
    runtime::log_function function(std::string receiver = {});

    log_levels levels() const;
    void set_levels(log_levels levels);
    /// The latest lines, the oldest of them first.
    std::vector<log_line> tail(std::size_t lines) const;
    /// One at a time; an empty one ends it, and has come back from the last line then.
    void listen(listener to);

  private:
    std::shared_ptr<spdlog::async_logger> logger_;
    /// Goes first: its thread uses the logger until it has written everything.
    std::shared_ptr<spdlog::details::thread_pool> writer_;

    mutable std::mutex mutex_;
    log_levels levels_;
    const bool for_journal_;
    std::deque<log_line> kept_;
    listener listener_;
};

/// Text from the air or a CAM on one line: control characters become \xNN.
std::string one_line(std::string_view text);

/// Whether stderr goes to the journal: by JOURNAL_STREAM, systemd.exec(5).
bool stderr_is_journal();

} // namespace cihost::daemon
