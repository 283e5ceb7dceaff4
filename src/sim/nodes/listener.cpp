// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/nodes/listener.hpp"

#include "device/unix_address.hpp"

#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace cihost::sim {

listener::listener(std::filesystem::path file, unique_fd socket)
    : file_{std::move(file)}
    , socket_{std::move(socket)} {}

listener::~listener() {
    if (socket_)
        ::unlink(file_.c_str());
}

result<listener> listener::open(const node_folder& folder, const std::string& name, int type,
                                std::string& why) {
    const auto file = folder.path() / name;
    const auto failed = [&](const error_code& error) {
        why = file.string() + ": the socket cannot be made: " + error.message();
        return error;
    };
    const auto address = device::unix_address::make(folder.path(), name);
    if (!address)
        return failed(address.error());
    ::unlink(file.c_str());
    constexpr int backlog = 16;
    unique_fd socket{::socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    // the mode is set before listen(): nobody connects under the umask's
    if (!socket || ::bind(socket.get(), address->get(), address->size()) != 0 ||
        ::chmod(file.c_str(), 0600) != 0 || ::listen(socket.get(), backlog) != 0)
        return failed({errno, boost::system::generic_category()});
    return listener{file, std::move(socket)};
}

unique_fd listener::accept() const noexcept {
    return unique_fd{::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
}

} // namespace cihost::sim
