// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <csignal>
#include <pthread.h>

namespace cihost::embedded {

/// Blocks the signals that come from outside, for the threads that are started while this lives:
/// they are for the threads of the program. Those of a thread's own faults stay.
class signal_guard {
  public:
    signal_guard() {
        sigset_t outside;
        sigfillset(&outside);
        for (const auto own : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT, SIGPROF})
            sigdelset(&outside, own);
        pthread_sigmask(SIG_BLOCK, &outside, &before_);
    }
    signal_guard(const signal_guard&) = delete;
    signal_guard& operator=(const signal_guard&) = delete;
    ~signal_guard() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

  private:
    sigset_t before_{};
};

} // namespace cihost::embedded
