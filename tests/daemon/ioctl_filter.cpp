// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/ioctl_filter.hpp"

#include "base/unique_fd.hpp"
#include "support/catch.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace cihost;

namespace {

int errno_of(int fd, unsigned long request) {
    errno = 0;
    return ::ioctl(fd, request, nullptr) == -1 ? errno : 0;
}

/// 0, or the number of the first thing that is wrong. Runs in a process of its own: the filter
/// cannot be taken off again.
int probe() {
    const unique_fd fd{::open("/dev/null", O_RDWR | O_CLOEXEC)};
    const auto key = _IOW('o', 134, char[16]);
    const auto pid = _IOW('o', 135, char[8]);
    if (errno_of(fd.get(), key) != ENOTTY || errno_of(fd.get(), pid) != ENOTTY)
        return 1;
    if (daemon::install_ioctl_filter())
        return 2;
    if (errno_of(fd.get(), key) != EPERM || errno_of(fd.get(), pid) != EPERM)
        return 3;
    // whatever direction and size are claimed
    if (errno_of(fd.get(), _IO('o', 134)) != EPERM ||
        errno_of(fd.get(), _IOR('o', 135, char[100])) != EPERM)
        return 4;
    if (errno_of(fd.get(), _IO('o', 133)) != ENOTTY ||
        errno_of(fd.get(), _IO('o', 136)) != ENOTTY || errno_of(fd.get(), _IO('p', 134)) != ENOTTY)
        return 5;
    // threads inherit it
    int from_thread = 0;
    std::thread{[&] { from_thread = errno_of(fd.get(), key); }}.join();
    return from_thread == EPERM ? 0 : 6;
}

} // namespace

TEST_CASE("descrambler key and PID ioctls are refused, all others are not") {
    const auto child = ::fork();
    if (child == 0)
        ::_exit(probe());
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
}
