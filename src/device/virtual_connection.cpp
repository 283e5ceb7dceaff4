// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/virtual_connection.hpp"

#include "base/from_errno.hpp"
#include "device/unix_address.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <utility>

namespace cihost::device {

namespace protocol = virtual_protocol;

namespace {

/// No operation takes longer than a write's 0.5 s; a stopped process must not hold a thread of
/// ours for ever, since no hang-up will ever come from it.
constexpr timeval patience{.tv_sec = 5, .tv_usec = 0};

template<class Call>
ssize_t retry_on_signal(Call call) noexcept {
    ssize_t n = -1;
    do {
        n = call();
    } while (n < 0 && errno == EINTR);
    return n;
}

/// All descriptors in the control data of a message: one that nobody takes must not leak.
std::vector<unique_fd> passed_descriptors(msghdr& message) {
    std::vector<unique_fd> passed;
    for (auto* part = CMSG_FIRSTHDR(&message); part != nullptr;
         part = CMSG_NXTHDR(&message, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
            continue;
        const auto count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; ++i) {
            int fd = -1;
            std::memcpy(&fd, CMSG_DATA(part) + i * sizeof fd, sizeof fd);
            passed.emplace_back(fd);
        }
    }
    return passed;
}

/// Waits for the open_reply; the descriptors that came with it.
result<std::vector<unique_fd>> receive_open_reply(int command) {
    constexpr auto most = 1 + protocol::max_slots;
    protocol::open_reply opened;
    iovec part{.iov_base = &opened, .iov_len = sizeof opened};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(most * sizeof(int))> rights{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = rights.data();
    message.msg_controllen = rights.size();
    const auto n = retry_on_signal([&] { return ::recvmsg(command, &message, MSG_CMSG_CLOEXEC); });
    if (n < 0)
        return from_errno(errno == EAGAIN ? ETIMEDOUT : errno);
    auto passed = passed_descriptors(message);
    if (n == 0) // it died between our connect() and its answer
        return from_errno(ECONNREFUSED);
    if (n != sizeof opened || (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0)
        return from_errno(EPROTO);
    if (opened.error != 0)
        return from_errno(opened.error);
    return passed;
}

error_code limit_patience(int socket) noexcept {
    for (const auto direction : {SO_RCVTIMEO, SO_SNDTIMEO})
        if (::setsockopt(socket, SOL_SOCKET, direction, &patience, sizeof patience) != 0)
            return from_errno(errno);
    return {};
}

} // namespace

virtual_channel::virtual_channel(unique_fd socket) noexcept
    : socket_{std::move(socket)} {}

result<virtual_connection> virtual_connection::open(const std::filesystem::path& folder,
                                                    const std::string& node) {
    unique_fd command{::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)};
    if (!command)
        return from_errno(errno);
    if (const auto error = limit_patience(command.get()))
        return error;
    const auto address = unix_address::make(folder, node);
    if (!address)
        return address.error();
    if (retry_on_signal(
            [&] { return ::connect(command.get(), address->get(), address->size()); }) != 0)
        return from_errno(errno == EAGAIN ? ETIMEDOUT : errno);

    auto passed = receive_open_reply(command.get());
    if (!passed)
        return passed.error();
    virtual_connection connection;
    connection.node_ = virtual_channel{std::move(command)};
    if (passed->empty())
        return connection;
    connection.data_ = std::move(passed->front());
    for (std::size_t i = 1; i < passed->size(); ++i) {
        if (const auto error = limit_patience((*passed)[i].get()))
            return error;
        connection.slots_.emplace_back(std::move((*passed)[i]));
    }
    return connection;
}

error_code virtual_channel::give_up() noexcept {
    // A reply that comes after all must not be taken for the next request's.
    ::shutdown(socket_.get(), SHUT_RDWR);
    return from_errno(ENODEV);
}

error_code virtual_channel::call(protocol::operation op, std::uint32_t argument, bytes_view payload,
                                 std::span<std::uint8_t> answer) noexcept {
    protocol::request request{.op = op, .argument = argument};
    if (payload.size() > protocol::max_message - sizeof request)
        return from_errno(EMSGSIZE);
    // sendmsg() only reads, whatever iovec's type says
    std::array<iovec, 2> out{
        iovec{.iov_base = &request, .iov_len = sizeof request},
        iovec{.iov_base = const_cast<std::uint8_t*>(payload.data()), .iov_len = payload.size()}};
    msghdr message{};
    message.msg_iov = out.data();
    message.msg_iovlen = out.size();
    if (retry_on_signal([&] { return ::sendmsg(socket_.get(), &message, MSG_NOSIGNAL); }) < 0)
        return give_up();

    protocol::reply reply;
    std::array<iovec, 2> in{iovec{.iov_base = &reply, .iov_len = sizeof reply},
                            iovec{.iov_base = answer.data(), .iov_len = answer.size()}};
    message = {};
    message.msg_iov = in.data();
    message.msg_iovlen = in.size();
    const auto n = retry_on_signal([&] { return ::recvmsg(socket_.get(), &message, 0); });
    if (n < static_cast<ssize_t>(sizeof reply))
        return give_up();
    if (reply.error != 0)
        return from_errno(reply.error);
    if (static_cast<std::size_t>(n) != sizeof reply + answer.size() ||
        (message.msg_flags & MSG_TRUNC) != 0)
        return give_up();
    return {};
}

result<std::size_t> virtual_connection::receive(std::span<std::uint8_t> buffer) noexcept {
    const auto n = retry_on_signal(
        [&] { return ::recv(data_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT); });
    if (n < 0)
        return from_errno(errno == EAGAIN ? EAGAIN : ENODEV);
    if (n == 0)
        return from_errno(ENODEV);
    if (n == 1)
        return from_errno(buffer[0]);
    return static_cast<std::size_t>(n);
}

} // namespace cihost::device
