// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/unique_fd.hpp"

#include <cihost/error.hpp>

#include <filesystem>
#include <string>

namespace cihost::sim {

/// The folder with the sockets, held by one process at a time: locked as long as this lives. The
/// lock dies with its process, so whoever holds it may replace sockets that lie there.
class node_folder {
  public:
    /// Made with mode 0700 if it is not there. error: `why` is a sentence.
    static result<node_folder> hold(const std::filesystem::path& path, std::string& why);

    const std::filesystem::path& path() const noexcept { return path_; }

  private:
    node_folder(std::filesystem::path path, unique_fd lock);

    std::filesystem::path path_;
    unique_fd lock_;
};

/// $XDG_RUNTIME_DIR/cihost-sim, else /tmp/cihost-sim-UID.
std::filesystem::path default_node_folder();

} // namespace cihost::sim
