// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/event_log.hpp"

#include <spdlog/async.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <array>
#include <cstddef>
#include <cstdio>
#include <stdexcept>
#include <utility>

namespace cihost::daemon {
namespace {

/// All of them are in memory from the start, 400 bytes each.
constexpr std::size_t queue_lines = 1024;

spdlog::level::level_enum level_of(runtime::severity s) {
    switch (s) {
    case runtime::severity::debug:
        return spdlog::level::debug;
    case runtime::severity::info:
        return spdlog::level::info;
    case runtime::severity::warning:
        return spdlog::level::warn;
    case runtime::severity::error:
        return spdlog::level::err;
    }
    return spdlog::level::err;
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

event_log::event_log(runtime::severity least, const std::optional<std::filesystem::path>& file) {
    auto sink = open_sink(file);
    writer_ = std::make_shared<spdlog::details::thread_pool>(queue_lines, 1);
    logger_ = std::make_shared<spdlog::async_logger>("cihostd", std::move(sink), writer_,
                                                     spdlog::async_overflow_policy::overrun_oldest);
    logger_->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %-7l %v");
    logger_->set_level(level_of(least));
    logger_->flush_on(spdlog::level::debug);
}

event_log::~event_log() = default;

void event_log::write(const runtime::log_record& record, std::string_view receiver) {
    const auto level = level_of(record.level);
    if (!logger_->should_log(level))
        return;
    std::string line = record.area;
    if (!receiver.empty())
        line += " [" + one_line(receiver) + "]";
    logger_->log(level, "{}: {}", line, one_line(record.message));
}

runtime::log_function event_log::function(std::string receiver) {
    return [this, receiver = std::move(receiver)](const runtime::log_record& record) {
        write(record, receiver);
    };
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
