// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/window_size.hpp"

#include <sys/ioctl.h>

namespace cihost::cli {

// the C library has no other way to ask: tcgetwinsize() is too new
std::optional<window_size> window_of(int fd) {
    winsize size{};
    if (::ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0)
        return std::nullopt;
    return window_size{size.ws_row, size.ws_col};
}

} // namespace cihost::cli
