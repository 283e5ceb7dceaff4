// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/service_manager.hpp"

#include "base/unique_fd.hpp"

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <sys/socket.h>
#include <sys/un.h>

namespace cihost::daemon {
namespace {

/// The protocol of sd_notify(3): one datagram to the socket that $NOTIFY_SOCKET names. libsystemd
/// would bring five more libraries into memory for it. A failure changes nothing for us.
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
        ::sendto(socket.get(), state.data(), state.size(), MSG_NOSIGNAL,
                 reinterpret_cast<const sockaddr*>(&to),
                 static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length));
}

} // namespace

void notify_ready() noexcept { notify("READY=1"); }
void notify_stopping() noexcept { notify("STOPPING=1"); }

} // namespace cihost::daemon
