// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/libdvbv5/log.hpp"

#include <cerrno>
#include <syslog.h>

namespace cihost::device::dvbv5 {

namespace {
thread_local int kept = 0;
} // namespace

void log_function(int level, const char*, ...) {
    if (level > LOG_ERR || kept != 0)
        return;
    // the library finds fault with a value without a system call: the caller's mistake
    kept = errno != 0 ? errno : EINVAL;
}

void start_listening() noexcept {
    kept = 0;
    errno = 0;
}

int first_error() noexcept { return kept; }

} // namespace cihost::device::dvbv5
