// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "device/system_calls.hpp"

#include <cihost/error.hpp>

#include <filesystem>

namespace cihost::device {

/// A node that is open as long as this object lives.
class opened_node {
  public:
    opened_node(const std::filesystem::path& node, int flags, system_calls& calls) noexcept
        : calls_{calls}
        , fd_{calls.open(node.c_str(), flags)} {}
    opened_node(const opened_node&) = delete;
    opened_node& operator=(const opened_node&) = delete;
    ~opened_node() {
        if (fd_ >= 0)
            calls_.close(fd_);
    }
    /// The descriptor, or the negative errno.
    int fd() const noexcept { return fd_; }
    /// What system_calls answers a failure with, as an error.
    static error_code failure(int negative_errno) noexcept {
        return {-negative_errno, boost::system::generic_category()};
    }

  private:
    system_calls& calls_;
    int fd_;
};

} // namespace cihost::device
