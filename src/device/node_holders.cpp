// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/inventory.hpp"

#include <algorithm>
#include <charconv>
#include <dirent.h>
#include <fcntl.h>
#include <fstream>
#include <memory>
#include <sys/stat.h>

namespace cihost::device {

namespace {

struct close_directory {
    void operator()(DIR* directory) const noexcept { ::closedir(directory); }
};
using directory_handle = std::unique_ptr<DIR, close_directory>;

/// A device by its number, whatever name it was opened by; anything else by its inode.
bool same_node(const struct stat& a, const struct stat& b) noexcept {
    if (S_ISCHR(a.st_mode) || S_ISBLK(a.st_mode))
        return (a.st_mode & S_IFMT) == (b.st_mode & S_IFMT) && a.st_rdev == b.st_rdev;
    return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

bool holds(const std::string& process, const struct stat& node) {
    // for another user's process only root may look
    const directory_handle descriptors{::opendir((process + "/fd").c_str())};
    if (!descriptors)
        return false;
    while (const dirent* entry = ::readdir(descriptors.get())) {
        struct stat open {};
        if (entry->d_name[0] != '.' &&
            ::fstatat(::dirfd(descriptors.get()), entry->d_name, &open, 0) == 0 &&
            same_node(node, open))
            return true;
    }
    return false;
}

std::string program_name(const std::string& process) {
    std::string name;
    std::ifstream file{process + "/comm"};
    std::getline(file, name);
    return name;
}

} // namespace

std::vector<node_holder> find_holders(const std::filesystem::path& node) {
    std::vector<node_holder> found;
    struct stat wanted {};
    if (::stat(node.c_str(), &wanted) != 0)
        return found;
    const directory_handle processes{::opendir("/proc")};
    if (!processes)
        return found;
    while (const dirent* entry = ::readdir(processes.get())) {
        const std::string name = entry->d_name;
        int pid = 0;
        const auto parsed = std::from_chars(name.data(), name.data() + name.size(), pid);
        if (parsed.ec != std::errc{} || parsed.ptr != name.data() + name.size())
            continue;
        const auto process = "/proc/" + name;
        if (holds(process, wanted))
            found.push_back({.pid = pid, .program = program_name(process)});
    }
    std::sort(found.begin(), found.end(),
              [](const node_holder& a, const node_holder& b) { return a.pid < b.pid; });
    return found;
}

} // namespace cihost::device
