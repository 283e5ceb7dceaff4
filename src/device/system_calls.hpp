// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <sys/types.h>

namespace cihost::device {

/// What the Linux devices ask of the kernel, one function each, so that a test can answer instead.
/// As the functions of the same names, but a failure is the negative errno. EINTR has been dealt
/// with.
class system_calls {
  public:
    system_calls() = default;
    system_calls(const system_calls&) = delete;
    system_calls& operator=(const system_calls&) = delete;
    virtual ~system_calls() = default;

    virtual int open(const char* path, int flags) noexcept = 0;
    virtual void close(int fd) noexcept = 0;
    virtual int ioctl(int fd, unsigned long request, void* argument) noexcept = 0;
    /// For requests that take their argument by value.
    virtual int ioctl(int fd, unsigned long request, unsigned long argument) noexcept = 0;
    virtual ssize_t read(int fd, void* buffer, std::size_t size) noexcept = 0;
    virtual ssize_t write(int fd, const void* buffer, std::size_t size) noexcept = 0;
    /// The file that `fd` was opened by has no name any more: /dev has taken the node away, and
    /// with it the device.
    virtual bool node_removed(int fd) noexcept = 0;
};

/// The kernel.
system_calls& kernel() noexcept;

} // namespace cihost::device
