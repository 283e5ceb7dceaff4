// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/from_errno.hpp"
#include "device/system_calls.hpp"

#include <cihost/bytes.hpp>
#include <cihost/error.hpp>

#include <cerrno>
#include <cstddef>
#include <fcntl.h>
#include <filesystem>
#include <span>
#include <utility>

namespace cihost::device {

/// An open node, closed by the calls it was opened by. Any of its functions may be called by
/// several threads at once; `calls` must outlive it.
class kernel_node {
  public:
    /// Non-blocking and closed on exec whatever `access` is.
    static result<kernel_node> open(system_calls& calls, const std::filesystem::path& path,
                                    int access) noexcept {
        const int fd = calls.open(path.c_str(), access | O_NONBLOCK | O_CLOEXEC);
        if (fd < 0)
            return from_errno(-fd);
        return kernel_node{calls, fd};
    }
    kernel_node(kernel_node&& other) noexcept
        : calls_{other.calls_}
        , fd_{std::exchange(other.fd_, -1)} {}
    kernel_node& operator=(kernel_node&& other) noexcept {
        std::swap(calls_, other.calls_);
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~kernel_node() {
        if (fd_ >= 0)
            calls_->close(fd_);
    }

    int fd() const noexcept { return fd_; }
    system_calls& calls() const noexcept { return *calls_; }

    /// With an argument of the type that the request names.
    template<class T>
    error_code ask(unsigned long request, T& argument) const noexcept {
        return error_of(calls_->ioctl(fd_, request, static_cast<void*>(&argument)));
    }
    /// With an argument by value.
    error_code order(unsigned long request, unsigned long argument = 0) const noexcept {
        return error_of(calls_->ioctl(fd_, request, argument));
    }
    bool removed() const noexcept { return calls_->node_removed(fd_); }
    result<std::size_t> read(std::span<std::uint8_t> buffer) const noexcept {
        return size_of(calls_->read(fd_, buffer.data(), buffer.size()));
    }
    result<std::size_t> write(bytes_view data) const noexcept {
        return size_of(calls_->write(fd_, data.data(), data.size()));
    }

  private:
    kernel_node(system_calls& calls, int fd) noexcept
        : calls_{&calls}
        , fd_{fd} {}

    static error_code error_of(int given) noexcept {
        return given < 0 ? from_errno(-given) : error_code{};
    }
    static result<std::size_t> size_of(ssize_t given) noexcept {
        if (given < 0)
            return from_errno(static_cast<int>(-given));
        return static_cast<std::size_t>(given);
    }

    system_calls* calls_;
    int fd_;
};

} // namespace cihost::device
