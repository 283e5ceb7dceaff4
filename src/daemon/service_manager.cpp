// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/service_manager.hpp"

#include "base/unique_fd.hpp"

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace cihost::daemon {
namespace {

/// The protocol of sd_notify(3): one datagram to the socket that $NOTIFY_SOCKET names. libsystemd
/// would bring five more libraries into memory for it. A failure changes nothing for us; one that
/// does not read its messages must not hold up the control thread.
void notify(std::string_view state) noexcept {
    const char* const name = std::getenv("NOTIFY_SOCKET");
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    const std::size_t length = name == nullptr ? 0 : std::strlen(name);
    if (length < 2 || length >= sizeof to.sun_path)
        return;
    std::memcpy(to.sun_path, name, length);
    if (to.sun_path[0] == '@') // the abstract namespace
        to.sun_path[0] = '\0';
    const unique_fd socket{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    if (socket)
        ::sendto(socket.get(), state.data(), state.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                 reinterpret_cast<const sockaddr*>(&to),
                 static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length));
}

} // namespace

void notify_ready() noexcept { notify("READY=1"); }
void notify_stopping() noexcept { notify("STOPPING=1"); }
void notify_watchdog() noexcept { notify("WATCHDOG=1"); }

void notify_reloading() noexcept {
    // its clock is ours: the message tells from when on READY counts
    const auto now = std::chrono::duration_cast<std::chrono::microseconds>(
        std::chrono::steady_clock::now().time_since_epoch());
    notify("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(now.count()));
}

void notify_status(std::string_view text) noexcept { notify("STATUS=" + std::string(text)); }

bool service_manager_listens() noexcept { return std::getenv("NOTIFY_SOCKET") != nullptr; }

std::optional<std::chrono::microseconds> watchdog_period() noexcept {
    const auto number = [](const char* name) -> long long {
        const char* const text = std::getenv(name);
        return text == nullptr ? 0 : std::strtoll(text, nullptr, 10);
    };
    const auto microseconds = number("WATCHDOG_USEC");
    const auto process = number("WATCHDOG_PID");
    if (microseconds <= 0 || (process != 0 && process != ::getpid()))
        return std::nullopt;
    return std::chrono::microseconds{microseconds};
}

} // namespace cihost::daemon
