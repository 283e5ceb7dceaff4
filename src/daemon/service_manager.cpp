// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/service_manager.hpp"

#ifdef CIHOST_HAVE_SYSTEMD
#include <systemd/sd-daemon.h>
#endif

namespace cihost::daemon {
namespace {

/// Without $NOTIFY_SOCKET this does nothing; a failure changes nothing for us.
void notify([[maybe_unused]] const char* state) noexcept {
#ifdef CIHOST_HAVE_SYSTEMD
    sd_notify(0, state);
#endif
}

} // namespace

void notify_ready() noexcept { notify("READY=1"); }
void notify_stopping() noexcept { notify("STOPPING=1"); }

} // namespace cihost::daemon
