// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <optional>

namespace cihost::cli {

struct window_size {
    std::size_t rows = 0;
    std::size_t columns = 0;
};

/// Of the terminal behind `fd`; nothing if there is none, or it does not say.
std::optional<window_size> window_of(int fd);

} // namespace cihost::cli
