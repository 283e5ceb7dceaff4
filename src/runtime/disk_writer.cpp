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

/// More of one name are not tried: somebody works against us.
constexpr int most_names = 1000;

int create_file(const std::filesystem::path& path) {
    return ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
}

std::int64_t milliseconds_now() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

std::filesystem::path numbered(const std::filesystem::path& path, int number) {
    return path.parent_path() /
           (path.stem().string() + "-" + std::to_string(number) + path.extension().string());
}

/// A link to nowhere stands in the way, too.
bool is_there(std::filesystem::path path, const std::string& behind) {
    path += behind;
    struct stat ignored {};
    return ::lstat(path.c_str(), &ignored) == 0;
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
    std::chrono::milliseconds busy() const;

  private:
    void carry_out();
    void create_now();
    int open_under_any_name(disk_file_order& what) const;
    void append_now(disk_file& file, bytes_view block);
    /// Of a block, so many bytes were written.
    void cut(disk_file& file, std::size_t written, std::size_t size, int error);
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
    /// Of the steady clock, in milliseconds: since when an order is carried out; 0: none is.
    std::atomic<std::int64_t> busy_since_ = 0;
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

std::shared_ptr<disk_file> disk_writer::create(disk_file_order what) {
    // not make_shared: the constructor is ours alone
    std::shared_ptr<disk_file> file{new disk_file{std::move(what)}};
    worker_->push({order::kind::create, file, {}, {}});
    return file;
}

std::chrono::milliseconds disk_writer::busy() const { return worker_->busy(); }

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

std::chrono::milliseconds disk_writer::worker::busy() const {
    const auto since = busy_since_.load(std::memory_order_relaxed);
    return std::chrono::milliseconds{since == 0 ? 0 : milliseconds_now() - since};
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
        busy_since_.store(milliseconds_now(), std::memory_order_relaxed);
        carry_out();
        busy_since_.store(0, std::memory_order_relaxed);
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
        remove_if_empty(file->fd_.get(), file->what_.path);
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
    auto& what = file.what_;
    if (what.any_name)
        file.fd_.reset(open_under_any_name(what));
    else if (!what.beside.empty() && is_there(what.path, what.beside))
        errno = EEXIST;
    else
        file.fd_.reset(open_(what.path));
    if (!file.fd_)
        return fail(file, "cannot be created", errno);
    open_files_.push_back(current_.file);
    tell<const std::filesystem::path&>(what.created, what.path);
}

int disk_writer::worker::open_under_any_name(disk_file_order& what) const {
    std::error_code ignored;
    std::filesystem::create_directories(what.path.parent_path(), ignored);
    for (int number = 1; number < most_names; ++number) {
        const auto name = number == 1 ? what.path : numbered(what.path, number);
        if (!what.beside.empty() && is_there(name, what.beside))
            continue;
        const int fd = open_(name);
        if (fd < 0 && errno == EEXIST)
            continue;
        if (fd >= 0)
            what.path = name;
        return fd;
    }
    errno = EEXIST;
    return -1;
}

void disk_writer::worker::close_now(disk_file& file) {
    remove_if_empty(file.fd_.get(), file.what_.path);
    // some file systems tell only now that the disk is full (NFS)
    if (const int fd = file.fd_.release(); fd >= 0 && ::close(fd) != 0)
        fail(file, "cannot be completed", errno);
    std::erase(open_files_, current_.file);
}

template<class... Arguments>
void disk_writer::worker::tell(std::function<void(Arguments...)>& whom, Arguments... what) {
    const std::lock_guard lock{telling_};
    if (const auto function = std::exchange(whom, nullptr); function && !silent_)
        function(what...);
}

void disk_writer::worker::append_now(disk_file& file, bytes_view block) {
    if (!file.fd_)
        return;
    std::size_t done = 0;
    while (done < block.size()) {
        const auto n = ::write(file.fd_.get(), block.data() + done, block.size() - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return cut(file, done, block.size(), n == 0 ? ENOSPC : errno);
        done += static_cast<std::size_t>(n);
    }
    file.end_ += done;
    file.written_.store(file.end_, std::memory_order_relaxed);
    if (!std::exchange(file.full_, false))
        return;
    const std::lock_guard lock{telling_};
    if (file.what_.goes_on && !silent_)
        file.what_.goes_on();
}

void disk_writer::worker::cut(disk_file& file, std::size_t written, std::size_t size, int error) {
    auto& what = file.what_;
    const auto whole = what.unit == 0 ? 0 : written - written % what.unit;
    const auto end = static_cast<off_t>(file.end_ + whole);
    const bool on_boundary = written == whole || (::ftruncate(file.fd_.get(), end) == 0 &&
                                                  ::lseek(file.fd_.get(), end, SEEK_SET) == end);
    file.end_ += on_boundary ? whole : written;
    file.written_.store(file.end_, std::memory_order_relaxed);
    const bool full = error == ENOSPC || error == EDQUOT;
    if (!full || !what.outlasts_full_disk || !on_boundary)
        return fail(file, "cannot be written", error);
    file.lost_ += size - whole;
    const std::lock_guard lock{telling_};
    if (what.lost && !silent_)
        what.lost(file.end_, size - whole,
                  std::exchange(file.full_, true)
                      ? std::string{}
                      : "The file " + what.path.string() + " cannot be written: " +
                            boost::system::generic_category().message(error) + ".");
}

void disk_writer::worker::fail(disk_file& file, const char* what, int error) {
    remove_if_empty(file.fd_.get(), file.what_.path);
    file.fd_.reset();
    std::erase(open_files_, current_.file);
    file.error_.store(error == 0 ? EIO : error, std::memory_order_release);
    tell(file.what_.failure, "The file " + file.what_.path.string() + " " + what + ": " +
                                 boost::system::generic_category().message(error) + ".");
}

} // namespace cihost::runtime
