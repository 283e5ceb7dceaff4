// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/replace_file.hpp"

#include "base/unique_fd.hpp"

#include <cerrno>
#include <fcntl.h>
#include <string_view>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace cihost::daemon {
namespace {

namespace fs = std::filesystem;

bool write_whole(int fd, std::string_view text) {
    while (!text.empty()) {
        const auto written = ::write(fd, text.data(), text.size());
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0) {
            errno = written == 0 ? ENOSPC : errno;
            return false;
        }
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

/// 0, or the errno value why not.
int write_beside(const fs::path& fresh, const std::string& text, const replace_options& how) {
    const unique_fd fd{how.open
                           ? how.open(fresh)
                           : ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)};
    if (!fd)
        return errno;
    if (!write_whole(fd.get(), text))
        return errno;
    if (how.reserve > text.size()) // what cannot be kept is not
        ::fallocate(fd.get(), FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(how.reserve));
    return ::fsync(fd.get()) == 0 ? 0 : errno;
}

/// What was longer is filled with blanks, which mean nothing at the end of JSON.
int write_over(const fs::path& file, std::string text) {
    const unique_fd fd{::open(file.c_str(), O_WRONLY | O_NOFOLLOW | O_CLOEXEC)};
    struct stat status {};
    if (!fd || ::fstat(fd.get(), &status) != 0)
        return errno;
    const auto size = static_cast<std::size_t>(status.st_size);
    // the old text is better than half of the new one
    if (text.size() > size &&
        ::fallocate(fd.get(), FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(text.size())) != 0)
        return errno == EOPNOTSUPP ? ENOSPC : errno;
    if (text.size() < size)
        text.append(size - text.size(), ' ');
    return write_whole(fd.get(), text) && ::fsync(fd.get()) == 0 ? 0 : errno;
}

} // namespace

std::string replace_file(const fs::path& file, const std::string& text,
                         const replace_options& how) {
    std::error_code ignored;
    fs::create_directories(file.parent_path(), ignored);
    auto fresh = file;
    fresh += ".new";
    int error = write_beside(fresh, text, how);
    if (error == 0 && ::rename(fresh.c_str(), file.c_str()) != 0)
        error = errno;
    if (error != 0) {
        ::unlink(fresh.c_str());
        const bool full = error == ENOSPC || error == EDQUOT;
        if (!full || !how.in_place_if_full || write_over(file, text) != 0)
            return std::generic_category().message(error);
        return {};
    }
    const unique_fd folder{::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (folder)
        ::fsync(folder.get());
    return {};
}

} // namespace cihost::daemon
