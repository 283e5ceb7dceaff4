// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/event_log.hpp"

#include <spdlog/async.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace cihost::daemon {
namespace {

/// All of them are in memory from the start, 400 bytes each.
constexpr std::size_t queue_lines = 1024;

spdlog::level::level_enum level_of(severity s) {
    switch (s) {
    case severity::debug:
        return spdlog::level::debug;
    case severity::info:
        return spdlog::level::info;
    case severity::warning:
        return spdlog::level::warn;
    case severity::error:
        break;
    }
    return spdlog::level::err;
}

/// syslog's number.
const char* journal_prefix(severity s) {
    switch (s) {
    case severity::debug:
        return "<7>";
    case severity::info:
        return "<6>";
    case severity::warning:
        return "<4>";
    case severity::error:
        break;
    }
    return "<3>";
}

/// Cut between two characters.
std::string beginning(const std::string& text, std::size_t most) {
    if (text.size() <= most)
        return text;
    while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0U) == 0x80)
        --most;
    return text.substr(0, most);
}

spdlog::sink_ptr open_sink(const std::optional<std::filesystem::path>& file) {
    if (!file)
        return std::make_shared<spdlog::sinks::stderr_sink_mt>();
    try {
        return std::make_shared<spdlog::sinks::basic_file_sink_mt>(file->string());
    } catch (const spdlog::spdlog_ex& e) {
        throw std::runtime_error("The log " + file->string() +
                                 " cannot be opened: " + std::string(e.what()) + ".");
    }
}

} // namespace

event_log::event_log(log_levels levels, const std::optional<std::filesystem::path>& file)
    : levels_{std::move(levels)}
    , for_journal_{!file && stderr_is_journal()} {
    auto sink = open_sink(file);
    writer_ = std::make_shared<spdlog::details::thread_pool>(queue_lines, 1);
    logger_ = std::make_shared<spdlog::async_logger>("cihostd", std::move(sink), writer_,
                                                     spdlog::async_overflow_policy::overrun_oldest);
    logger_->set_pattern(for_journal_ ? "%v" : "%Y-%m-%dT%H:%M:%S.%e%z %-7l %v");
    logger_->set_level(spdlog::level::debug);
    logger_->flush_on(spdlog::level::debug);
}

event_log::~event_log() = default;

void event_log::write(const runtime::log_record& record, std::string_view receiver) {
    const std::lock_guard lock{mutex_};
    if (record.level < levels_.of(record.area))
        return;
    log_line line{std::chrono::system_clock::now(), record.level, record.area,
                  std::string(receiver), beginning(record.message, event_log::kept_message)};
    std::string text = for_journal_ ? journal_prefix(record.level) : "";
    text += record.area;
    if (!receiver.empty())
        text += " [" + one_line(receiver) + "]";
    logger_->log(level_of(record.level), "{}: {}", text, one_line(record.message));
    if (listener_)
        listener_(line);
    kept_.push_back(std::move(line));
    if (kept_.size() > kept_lines)
        kept_.pop_front();
}

runtime::log_function event_log::function(std::string receiver) {
    return [this, receiver = std::move(receiver)](const runtime::log_record& record) {
        write(record, receiver);
    };
}

log_levels event_log::levels() const {
    const std::lock_guard lock{mutex_};
    return levels_;
}

void event_log::set_levels(log_levels levels) {
    const std::lock_guard lock{mutex_};
    levels_ = std::move(levels);
}

std::vector<log_line> event_log::tail(std::size_t lines) const {
    const std::lock_guard lock{mutex_};
    const auto count = static_cast<std::ptrdiff_t>(std::min(lines, kept_.size()));
    return {kept_.end() - count, kept_.end()};
}

void event_log::listen(listener to) {
    const std::lock_guard lock{mutex_};
    listener_ = std::move(to);
}

bool stderr_is_journal() {
    const char* const stream = std::getenv("JOURNAL_STREAM");
    struct stat status {};
    if (stream == nullptr || ::fstat(STDERR_FILENO, &status) != 0)
        return false;
    return stream == std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino);
}

std::string one_line(std::string_view text) {
    std::string line;
    line.reserve(text.size());
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte != 0x7F) {
            line += c;
            continue;
        }
        std::array<char, 5> escape{};
        std::snprintf(escape.data(), escape.size(), "\\x%02x", byte);
        line += escape.data();
    }
    return line;
}

} // namespace cihost::daemon
