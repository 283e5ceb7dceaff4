// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/receiver/dump_writer.hpp"

#include <cerrno>
#include <cstring>
#include <ios>
#include <utility>

namespace cihost::sim {

namespace {

/// Half a minute of two 60 Mbit/s streams.
constexpr std::size_t patience_bytes = 512 * 1024 * 1024;

void append(std::ofstream& file, const bytes& data) {
    if (file.is_open())
        file.write(reinterpret_cast<const char*>(data.data()),
                   static_cast<std::streamsize>(data.size()));
}

} // namespace

dump_writer::dump_writer(const std::string& source_file, const std::string& on_air_file)
    : source_file_{source_file}
    , on_air_file_{on_air_file} {
    const auto create = [this](std::ofstream& file, const std::string& name) {
        if (name.empty() || !failure_.empty())
            return;
        file.open(name, std::ios::binary | std::ios::trunc);
        if (!file)
            failure_ = name + " cannot be written: " + std::strerror(errno);
    };
    create(source_, source_file_);
    create(on_air_, on_air_file_);
    thread_ = std::thread{[this] { run(); }};
}

dump_writer::~dump_writer() { finish(); }

void dump_writer::write(bytes source, bytes on_air) {
    if (source_file_.empty())
        source.clear();
    if (on_air_file_.empty())
        on_air.clear();
    const std::lock_guard lock{mutex_};
    if (finished_ || !failure_.empty())
        return;
    queued_bytes_ += source.size() + on_air.size();
    if (queued_bytes_ > patience_bytes)
        failure_ = "The disk is too slow for the dumps: they end before the stream does.";
    else
        queue_.push_back({std::move(source), std::move(on_air)});
    changed_.notify_one();
}

std::string dump_writer::failure() {
    const std::lock_guard lock{mutex_};
    return failure_;
}

std::string dump_writer::finish() {
    {
        const std::lock_guard lock{mutex_};
        finished_ = true;
        changed_.notify_one();
    }
    if (thread_.joinable())
        thread_.join();
    return failure_;
}

void dump_writer::run() {
    std::unique_lock lock{mutex_};
    for (;;) {
        changed_.wait(lock, [this] { return finished_ || !queue_.empty(); });
        if (queue_.empty())
            break;
        const auto next = std::move(queue_.front());
        queue_.pop_front();
        queued_bytes_ -= next.source.size() + next.on_air.size();
        lock.unlock();
        append(source_, next.source);
        append(on_air_, next.on_air);
        lock.lock();
        note_failure();
    }
    source_.flush();
    on_air_.flush();
    note_failure();
}

void dump_writer::note_failure() {
    if (!failure_.empty() || (source_ && on_air_))
        return;
    failure_ =
        (source_ ? on_air_file_ : source_file_) + " cannot be written: " + std::strerror(errno);
}

} // namespace cihost::sim
