// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>

namespace cihost::daemon {

/// All of a file. 0, or the errno value that says why not.
inline int read_text_file(const std::filesystem::path& file, std::string& text) {
    std::error_code failed;
    if (std::filesystem::is_directory(file, failed))
        return EISDIR;
    errno = 0;
    std::ifstream in{file, std::ios::binary};
    text.assign(std::istreambuf_iterator<char>(in), {});
    if (in.is_open() && !in.bad())
        return 0;
    return errno != 0 ? errno : EIO;
}

} // namespace cihost::daemon
