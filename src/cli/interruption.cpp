// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/interruption.hpp"

#include <cerrno>
#include <ctime>

namespace cihost::cli {

interruption::interruption() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGINT);
    sigaddset(&signals_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals_, &before_);
}

interruption::~interruption() {
    // one that came too late for a wait() has been obeyed by now
    const timespec at_once{};
    sigtimedwait(&signals_, nullptr, &at_once);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

bool interruption::wait(std::chrono::milliseconds time) {
    using clock = std::chrono::steady_clock;
    const auto end = clock::now() + time;
    for (;;) {
        const auto left = std::chrono::nanoseconds{end - clock::now()}.count();
        if (left <= 0)
            return false;
        const timespec limit{static_cast<time_t>(left / 1'000'000'000),
                             static_cast<long>(left % 1'000'000'000)};
        if (sigtimedwait(&signals_, nullptr, &limit) > 0)
            return true;
        if (errno != EINTR) // another signal, such as SIGCONT
            return false;
    }
}

} // namespace cihost::cli
