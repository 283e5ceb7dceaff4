// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cihost/error.hpp>

namespace cihost::daemon {

/// From here on the kernel refuses this process, its threads and its children the descrambler key
/// and PID ioctls of the CA device (linux/dvb/ca.h, type 'o', numbers 134 and 135) with EPERM:
/// whatever else goes wrong in here, descrambling stays the business of the CAM. Every other call
/// is left as it was. Cannot be undone.
error_code install_ioctl_filter() noexcept;

} // namespace cihost::daemon
