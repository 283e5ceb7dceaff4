// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "device/system_calls.hpp"

#include <cerrno>
#include <cstddef>
#include <limits>
#include <map>
#include <mutex>
#include <set>

namespace cihost::test {

/// A kernel that counts its calls, lets one of them fail, and knows what was not closed. What the
/// calls do is the derived class's: it answers with the negative errno as system_calls does, and
/// locks what it needs.
class fake_calls : public device::system_calls {
  public:
    static constexpr unsigned no_call = std::numeric_limits<unsigned>::max();

    /// The n-th call from now on (0 = the next) fails with that errno and does nothing. Closing
    /// does not count.
    void fail_at(unsigned n, int error) {
        const std::lock_guard lock{mutex_};
        failing_ = n == no_call ? no_call : made_ + n;
        error_ = error;
    }
    /// What a fault may befall besides an ioctl, which goes by its request.
    enum fault_kind : unsigned long { opening = 1, reading = 2, writing = 3 };
    /// Each such call fails with that errno, `times` over, and does nothing.
    void fail(unsigned long what, int error, unsigned times = no_call) {
        const std::lock_guard lock{mutex_};
        faults_[what] = {error, times};
    }
    /// No more of that.
    void mend() {
        const std::lock_guard lock{mutex_};
        faults_.clear();
    }
    /// Calls that fail() let fail, since ever.
    unsigned faults() const {
        const std::lock_guard lock{mutex_};
        return failed_;
    }
    unsigned calls_made() const {
        const std::lock_guard lock{mutex_};
        return made_;
    }
    std::size_t open_descriptors() const {
        const std::lock_guard lock{mutex_};
        return open_.size();
    }
    /// Calls on descriptors that are not open: closed twice, used after closing.
    unsigned misuses() const {
        const std::lock_guard lock{mutex_};
        return misuses_;
    }
    /// From now on /dev has taken the nodes away that are open.
    void remove_nodes() {
        const std::lock_guard lock{mutex_};
        removed_.insert(open_.begin(), open_.end());
    }
    bool nothing_leaked() const { return open_descriptors() == 0 && misuses() == 0; }

    int open(const char* path, int flags) noexcept final {
        if (const int error = fault(opening); error != 0)
            return -error;
        int fd = -1;
        {
            const std::lock_guard lock{mutex_};
            fd = next_++;
        }
        if (const int given = opened(fd, path, flags); given < 0)
            return given;
        const std::lock_guard lock{mutex_};
        open_.insert(fd);
        return fd;
    }
    void close(int fd) noexcept final {
        {
            const std::lock_guard lock{mutex_};
            if (open_.erase(fd) == 0) {
                ++misuses_;
                return;
            }
        }
        closed(fd);
    }
    int ioctl(int fd, unsigned long request, void* argument) noexcept final {
        const int error = refusal(fd, request);
        return error != 0 ? -error : asked(fd, request, argument);
    }
    int ioctl(int fd, unsigned long request, unsigned long argument) noexcept final {
        const int error = refusal(fd, request);
        return error != 0 ? -error : ordered(fd, request, argument);
    }
    ssize_t read(int fd, void* buffer, std::size_t size) noexcept final {
        const int error = refusal(fd, reading);
        return error != 0 ? -error : given_to_read(fd, buffer, size);
    }
    ssize_t write(int fd, const void* buffer, std::size_t size) noexcept final {
        const int error = refusal(fd, writing);
        return error != 0 ? -error : written(fd, buffer, size);
    }
    bool node_removed(int fd) noexcept final {
        const std::lock_guard lock{mutex_};
        return removed_.contains(fd);
    }

  protected:
    /// A call failed by fail_at(), in place of one of those below.
    virtual void failed() {}
    virtual int opened(int fd, const char* path, int flags) = 0;
    virtual void closed(int) {}
    virtual int asked(int, unsigned long, void*) { return -ENOTTY; }
    virtual int ordered(int, unsigned long, unsigned long) { return -ENOTTY; }
    virtual ssize_t given_to_read(int, void*, std::size_t) { return -EINVAL; }
    virtual ssize_t written(int, const void*, std::size_t) { return -EINVAL; }

  private:
    int fault(unsigned long what) {
        int error = 0;
        {
            const std::lock_guard lock{mutex_};
            const auto given = faults_.find(what);
            const bool now = made_++ == failing_;
            if (given != faults_.end() && given->second.times > 0) {
                --given->second.times;
                ++failed_;
                error = given->second.error;
            } else if (!now) {
                return 0;
            } else {
                error = error_;
            }
        }
        failed();
        return error;
    }
    int refusal(int fd, unsigned long what) {
        {
            const std::lock_guard lock{mutex_};
            if (!open_.contains(fd)) {
                ++misuses_;
                return EBADF;
            }
        }
        return fault(what);
    }
    struct fault_given {
        int error = 0;
        unsigned times = 0;
    };

    mutable std::mutex mutex_;
    std::set<int> open_;
    std::set<int> removed_;
    /// Far from descriptors of this process, so that a mix-up does not go unnoticed.
    int next_ = 1'000'000;
    unsigned made_ = 0;
    unsigned failing_ = no_call;
    int error_ = 0;
    std::map<unsigned long, fault_given> faults_;
    unsigned failed_ = 0;
    unsigned misuses_ = 0;
};

} // namespace cihost::test
