// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

namespace cihost::device::dvbv5 {

/// Where libdvbv5 is to log to. Nothing is printed; of an error, errno is kept: many of the
/// library's functions give EINVAL for whatever went wrong, or go on as if nothing had.
void log_function(int level, const char* format, ...) __attribute__((format(printf, 2, 3)));

/// Before a sequence of calls into libdvbv5 …
void start_listening() noexcept;
/// … and after it: the first error logged on this thread, as an errno value; 0: none.
int first_error() noexcept;

} // namespace cihost::device::dvbv5
