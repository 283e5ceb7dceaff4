// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/unique_fd.hpp"
#include "sim/nodes/node_folder.hpp"

#include <cihost/error.hpp>

#include <filesystem>
#include <string>

namespace cihost::sim {

/// A listening Unix socket in a node_folder; gone from the folder when this is destroyed.
class listener {
  public:
    /// `type` is SOCK_SEQPACKET or SOCK_STREAM. What lies there from a dead process is replaced.
    static result<listener> open(const node_folder& folder, const std::string& name, int type,
                                 std::string& why);
    listener(listener&&) noexcept = default;
    listener& operator=(listener&&) = delete;
    ~listener();

    int fd() const noexcept { return socket_.get(); }
    /// The next connection, or none.
    unique_fd accept() const noexcept;

  private:
    listener(std::filesystem::path file, unique_fd socket);

    std::filesystem::path file_;
    unique_fd socket_;
};

} // namespace cihost::sim
