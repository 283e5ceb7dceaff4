// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/inventory.hpp"

#include <algorithm>
#include <sys/stat.h>
#include <system_error>

namespace cihost::device {

namespace fs = std::filesystem;

namespace {

/// With its rights: udev may set them after the node is there.
void add(const fs::path& path, std::vector<std::string>& lines) {
    struct stat node {};
    auto line = path.string();
    if (::stat(path.c_str(), &node) == 0)
        line += " " + std::to_string(node.st_mode) + " " + std::to_string(node.st_uid) + " " +
                std::to_string(node.st_gid) + " " + std::to_string(node.st_rdev);
    lines.push_back(std::move(line));
}

} // namespace

std::string node_listing(const fs::path& root) {
    std::vector<std::string> lines;
    std::error_code error;
    for (fs::directory_iterator at{root, error}, end; !error && at != end; at.increment(error)) {
        add(at->path(), lines);
        std::error_code inner;
        for (fs::directory_iterator node{at->path(), inner}; !inner && node != end;
             node.increment(inner))
            add(node->path(), lines);
    }
    std::sort(lines.begin(), lines.end());
    std::string listing;
    for (const auto& line : lines)
        listing += line + "\n";
    return listing;
}

} // namespace cihost::device
