// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/system_calls.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cihost::device {

namespace {

/// Until a signal does not get in between; the negative errno on failure.
template<class Call>
auto uninterrupted(Call call) noexcept -> decltype(call()) {
    for (;;) {
        const auto given = call();
        if (given >= 0)
            return given;
        if (errno != EINTR)
            return -errno;
    }
}

class kernel_calls final : public system_calls {
  public:
    int open(const char* path, int flags) noexcept override {
        return uninterrupted([&] { return ::open(path, flags); });
    }
    // once only: Linux has released the descriptor even when it says EINTR
    void close(int fd) noexcept override { ::close(fd); }
    int ioctl(int fd, unsigned long request, void* argument) noexcept override {
        return uninterrupted([&] { return ::ioctl(fd, request, argument); });
    }
    int ioctl(int fd, unsigned long request, unsigned long argument) noexcept override {
        return uninterrupted([&] { return ::ioctl(fd, request, argument); });
    }
    ssize_t read(int fd, void* buffer, std::size_t size) noexcept override {
        return uninterrupted([&] { return ::read(fd, buffer, size); });
    }
    ssize_t write(int fd, const void* buffer, std::size_t size) noexcept override {
        return uninterrupted([&] { return ::write(fd, buffer, size); });
    }
    bool node_removed(int fd) noexcept override {
        struct stat found {};
        return ::fstat(fd, &found) == 0 && found.st_nlink == 0;
    }
};

} // namespace

system_calls& kernel() noexcept {
    static kernel_calls calls;
    return calls;
}

} // namespace cihost::device
