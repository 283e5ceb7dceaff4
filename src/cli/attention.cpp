// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/attention.hpp"

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <poll.h>
#include <sys/signalfd.h>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace cihost::cli {

attention::attention() {
    sigemptyset(&signals_);
    // SIGTSTP: a stopped command would leave the terminal as it is now to the shell
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGTSTP})
        sigaddset(&signals_, signal);
    pthread_sigmask(SIG_BLOCK, &signals_, &before_);
    fd_ = unique_fd{::signalfd(-1, &signals_, SFD_CLOEXEC | SFD_NONBLOCK)};
    if (!fd_) {
        const int failed = errno;
        pthread_sigmask(SIG_SETMASK, &before_, nullptr);
        throw std::system_error{failed, std::generic_category(), "signalfd"};
    }
}

attention::~attention() {
    // those that came too late for a wait() have been obeyed by now
    const timespec at_once{};
    while (sigtimedwait(&signals_, nullptr, &at_once) > 0) {
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

attention::reason attention::wait(std::optional<std::chrono::milliseconds> time,
                                  std::initializer_list<int> fds) {
    using clock = std::chrono::steady_clock;
    const auto end = clock::now() + time.value_or(std::chrono::milliseconds{0});
    std::vector<pollfd> waiting{{fd_.get(), POLLIN, 0}};
    for (const int fd : fds)
        waiting.push_back({fd, POLLIN, 0});
    for (;;) {
        int left = -1;
        if (time)
            left = static_cast<int>(std::max<std::chrono::milliseconds::rep>(
                0, std::chrono::ceil<std::chrono::milliseconds>(end - clock::now()).count()));
        const int ready = ::poll(waiting.data(), waiting.size(), left);
        if (ready == 0)
            return reason::time_over;
        if (ready < 0 && errno != EINTR)
            throw std::system_error{errno, std::generic_category(), "poll"};
        if (ready < 0)
            continue;
        signalfd_siginfo info{};
        if (waiting.front().revents != 0 &&
            ::read(fd_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
            if (info.ssi_signo == SIGWINCH)
                return reason::resized;
            if (info.ssi_signo != SIGTSTP)
                return reason::ended;
        }
        if (std::any_of(waiting.begin() + 1, waiting.end(),
                        [](const pollfd& p) { return p.revents != 0; }))
            return reason::readable;
    }
}

bool readable(int fd) {
    pollfd one{fd, POLLIN, 0};
    return ::poll(&one, 1, 0) > 0;
}

} // namespace cihost::cli
