// SPDX-License-Identifier: LGPL-2.1-or-later
#include "runtime/disk_writer.hpp"

#include <cerrno>
#include <condition_variable>
#include <deque>
#include <fcntl.h>
#include <mutex>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace cihost::runtime {

namespace {

int create_file(const std::filesystem::path& path) {
    return ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
}

/// Only the very file that is open here: somebody may have put another one in its place.
void remove_if_empty(int fd, const std::filesystem::path& path) {
    struct stat mine {};
    struct stat there {};
    if (fd >= 0 && ::fstat(fd, &mine) == 0 && S_ISREG(mine.st_mode) && mine.st_size == 0 &&
        ::lstat(path.c_str(), &there) == 0 && mine.st_dev == there.st_dev &&
        mine.st_ino == there.st_ino)
        ::unlink(path.c_str());
}

} // namespace

struct disk_writer::order {
    enum class kind { create, append, close };
    kind what = kind::close;
    std::shared_ptr<disk_file> file;
    bytes block;
    std::function<void()> done;
};

/// What the thread needs. It shares this with the writer, which may have to go first.
class disk_writer::worker {
  public:
    worker(std::size_t limit, open_function open)
        : limit_{limit}
        , open_{std::move(open)} {}

    void push(order o);
    bool append(order o);
    void run();
    void stop();
    bool ended_within(std::chrono::milliseconds patience);
    void give_up();

  private:
    void carry_out();
    void create_now();
    void append_now(disk_file& file, bytes_view block);
    void close_now(disk_file& file);
    void fail(disk_file& file, const char* what, int error);
    template<class... Arguments>
    void tell(std::function<void(Arguments...)>& whom, Arguments... what);

    const std::size_t limit_;
    const open_function open_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<order> orders_;
    std::size_t queued_bytes_ = 0;
    bool stopping_ = false;
    bool given_up_ = false;
    bool ended_ = false;
    /// Held while a function of the owner's runs or is taken away.
    std::mutex telling_;
    bool silent_ = false;
    // the thread's, but for the functions in it
    order current_;
    /// To be closed here and nowhere else: that, too, may take its time.
    std::vector<std::shared_ptr<disk_file>> open_files_;
};

disk_writer::disk_writer(std::size_t limit, open_function open, std::chrono::milliseconds patience)
    : patience_{patience}
    , worker_{std::make_shared<worker>(limit, open ? std::move(open) : create_file)}
    , thread_{[w = worker_] { w->run(); }} {}

disk_writer::~disk_writer() {
    worker_->stop();
    if (worker_->ended_within(given_up_ ? std::chrono::milliseconds{0} : patience_)) {
        thread_.join();
    } else {
        give_up();
        thread_.detach();
    }
}

std::shared_ptr<disk_file> disk_writer::create(std::filesystem::path path, std::size_t unit,
                                               std::function<void(std::string)> failure,
                                               std::function<void()> created) {
    // not make_shared: the constructor is ours alone
    std::shared_ptr<disk_file> file{new disk_file{std::move(path), unit, std::move(failure)}};
    worker_->push({order::kind::create, file, {}, std::move(created)});
    return file;
}

bool disk_writer::append(const std::shared_ptr<disk_file>& file, bytes block) {
    return !file->failed() && worker_->append({order::kind::append, file, std::move(block), {}});
}

void disk_writer::close(const std::shared_ptr<disk_file>& file, std::function<void()> done) {
    worker_->push({order::kind::close, file, {}, std::move(done)});
}

void disk_writer::give_up() {
    given_up_ = true;
    worker_->give_up();
}

bool disk_writer::worker::append(order o) {
    {
        const std::lock_guard lock{mutex_};
        if (given_up_ || queued_bytes_ + o.block.size() > limit_)
            return false;
        queued_bytes_ += o.block.size();
        orders_.push_back(std::move(o));
    }
    changed_.notify_all();
    return true;
}

void disk_writer::worker::push(order o) {
    {
        const std::lock_guard lock{mutex_};
        if (given_up_)
            return;
        orders_.push_back(std::move(o));
    }
    changed_.notify_all();
}

void disk_writer::worker::stop() {
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
    }
    changed_.notify_all();
}

bool disk_writer::worker::ended_within(std::chrono::milliseconds patience) {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, patience, [this] { return ended_; });
}

void disk_writer::worker::give_up() {
    std::deque<order> dropped;
    {
        const std::lock_guard lock{mutex_};
        given_up_ = true;
        dropped.swap(orders_);
    }
    changed_.notify_all();
    const std::lock_guard lock{telling_};
    silent_ = true;
    // what the owner put into it must not outlive the owner
    current_.done = nullptr;
}

void disk_writer::worker::run() {
    std::unique_lock lock{mutex_};
    while (true) {
        changed_.wait(lock, [this] { return given_up_ || stopping_ || !orders_.empty(); });
        if (given_up_ || orders_.empty())
            break;
        {
            const std::lock_guard functions{telling_};
            current_ = std::move(orders_.front());
        }
        orders_.pop_front();
        lock.unlock();
        carry_out();
        const auto size = current_.block.size();
        {
            const std::lock_guard functions{telling_};
            current_ = {};
        }
        lock.lock();
        queued_bytes_ -= size;
    }
    lock.unlock();
    for (const auto& file : open_files_)
        remove_if_empty(file->fd_.get(), file->path_);
    open_files_.clear();
    lock.lock();
    ended_ = true;
    lock.unlock();
    changed_.notify_all();
}

void disk_writer::worker::carry_out() {
    auto& file = *current_.file;
    switch (current_.what) {
    case order::kind::create:
        create_now();
        break;
    case order::kind::append:
        append_now(file, current_.block);
        break;
    case order::kind::close:
        close_now(file);
        tell(current_.done);
        break;
    }
}

void disk_writer::worker::create_now() {
    auto& file = *current_.file;
    file.fd_.reset(open_(file.path_));
    if (!file.fd_)
        return fail(file, "cannot be created", errno);
    open_files_.push_back(current_.file);
    tell(current_.done);
}

void disk_writer::worker::close_now(disk_file& file) {
    remove_if_empty(file.fd_.get(), file.path_);
    // some file systems tell only now that the disk is full (NFS)
    if (const int fd = file.fd_.release(); fd >= 0 && ::close(fd) != 0)
        fail(file, "cannot be completed", errno);
    std::erase(open_files_, current_.file);
}

template<class... Arguments>
void disk_writer::worker::tell(std::function<void(Arguments...)>& whom, Arguments... what) {
    const std::lock_guard lock{telling_};
    if (const auto function = std::exchange(whom, nullptr); function && !silent_)
        function(std::move(what)...);
}

void disk_writer::worker::append_now(disk_file& file, bytes_view block) {
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

void disk_writer::worker::fail(disk_file& file, const char* what, int error) {
    remove_if_empty(file.fd_.get(), file.path_);
    file.fd_.reset();
    std::erase(open_files_, current_.file);
    file.failed_.store(true, std::memory_order_release);
    tell(file.failure_, "The file " + file.path_.string() + " " + what + ": " +
                            boost::system::generic_category().message(error) + ".");
}

} // namespace cihost::runtime
