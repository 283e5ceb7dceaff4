// SPDX-License-Identifier: LGPL-2.1-or-later
#include "runtime/disk_writer.hpp"

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

namespace cihost::runtime {

namespace {

int create_file(const std::filesystem::path& path) {
    return ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
}

} // namespace

disk_writer::disk_writer(std::size_t limit, open_function open)
    : limit_{limit}
    , open_{open ? std::move(open) : create_file}
    , thread_{[this] { run(); }} {}

disk_writer::~disk_writer() {
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
    }
    changed_.notify_one();
    thread_.join();
}

std::shared_ptr<disk_file> disk_writer::create(std::filesystem::path path, std::size_t unit,
                                               std::function<void(std::string)> failure) {
    // not make_shared: the constructor is ours alone
    std::shared_ptr<disk_file> file{new disk_file{std::move(path), unit, std::move(failure)}};
    push({order::kind::create, file, {}, {}});
    return file;
}

bool disk_writer::append(const std::shared_ptr<disk_file>& file, bytes block) {
    if (file->failed())
        return false;
    {
        const std::lock_guard lock{mutex_};
        if (queued_bytes_ + block.size() > limit_)
            return false;
        queued_bytes_ += block.size();
        orders_.push_back({order::kind::append, file, std::move(block), {}});
    }
    changed_.notify_one();
    return true;
}

void disk_writer::close(const std::shared_ptr<disk_file>& file, std::function<void()> done) {
    push({order::kind::close, file, {}, std::move(done)});
}

void disk_writer::push(order o) {
    {
        const std::lock_guard lock{mutex_};
        orders_.push_back(std::move(o));
    }
    changed_.notify_one();
}

void disk_writer::run() {
    std::unique_lock lock{mutex_};
    while (true) {
        changed_.wait(lock, [this] { return stopping_ || !orders_.empty(); });
        if (orders_.empty())
            return;
        auto o = std::move(orders_.front());
        orders_.pop_front();
        lock.unlock();
        carry_out(o);
        const auto size = o.block.size();
        o = {};
        lock.lock();
        queued_bytes_ -= size;
    }
}

void disk_writer::carry_out(order& o) {
    auto& file = *o.file;
    switch (o.what) {
    case order::kind::create:
        create_now(file);
        break;
    case order::kind::append:
        append_now(file, o.block);
        break;
    case order::kind::close:
        // some file systems tell only now that the disk is full (NFS)
        if (const int fd = file.fd_.release(); fd >= 0 && ::close(fd) != 0)
            fail(file, "cannot be completed", errno);
        if (o.done)
            o.done();
        break;
    }
}

void disk_writer::create_now(disk_file& file) {
    file.fd_.reset(open_(file.path_));
    if (!file.fd_)
        fail(file, "cannot be created", errno);
}

void disk_writer::append_now(disk_file& file, bytes_view block) {
    if (!file.fd_)
        return;
    std::size_t done = 0;
    while (done < block.size()) {
        const auto n = ::write(file.fd_.get(), block.data() + done, block.size() - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            const int error = n == 0 ? ENOSPC : errno;
            const auto whole = file.unit_ == 0 ? 0 : done - done % file.unit_;
            if (::ftruncate(file.fd_.get(), static_cast<off_t>(file.end_ + whole)) == 0)
                done = whole;
            file.end_ += done;
            file.written_ = file.end_;
            fail(file, "cannot be written", error);
            return;
        }
        done += static_cast<std::size_t>(n);
    }
    file.end_ += done;
    file.written_.store(file.end_, std::memory_order_relaxed);
}

void disk_writer::fail(disk_file& file, const char* what, int error) {
    file.fd_.reset();
    file.failed_.store(true, std::memory_order_release);
    if (const auto failure = std::exchange(file.failure_, nullptr))
        failure("The file " + file.path_.string() + " " + what + ": " +
                boost::system::generic_category().message(error) + ".");
}

} // namespace cihost::runtime
