// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <atomic>
#include <fcntl.h>
#include <filesystem>
#include <functional>
#include <unistd.h>

namespace cihost::test {

/// For replace_options::open: files get their names, and no room while the disk is full.
struct full_disk {
    std::atomic<bool> full = false;

    std::function<int(const std::filesystem::path&)> open() {
        return [this](const std::filesystem::path& path) {
            const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
            if (!full || fd < 0)
                return fd;
            ::close(fd);
            return ::open("/dev/full", O_WRONLY | O_CLOEXEC);
        };
    }
};

} // namespace cihost::test
