// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <poll.h>

namespace cihost::test {

/// True when fd has something to read; waits far longer than a loaded machine needs.
inline bool readable(int fd, int patience_ms = 10'000) {
    pollfd entry{.fd = fd, .events = POLLIN, .revents = 0};
    return ::poll(&entry, 1, patience_ms) == 1;
}

} // namespace cihost::test
