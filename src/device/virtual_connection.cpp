// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/virtual_connection.hpp"

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

error_code from_errno(int value) noexcept { return {value, boost::system::generic_category()}; }

template<class Call>
ssize_t retry_on_signal(Call call) noexcept {
    ssize_t n = -1;
    do {
        n = call();
    } while (n < 0 && errno == EINTR);
    return n;
}

/// The descriptor in the control data of a message; the last one if there were several, so that
/// none leaks.
unique_fd passed_descriptor(msghdr& message) noexcept {
    unique_fd passed;
    for (auto* part = CMSG_FIRSTHDR(&message); part != nullptr;
         part = CMSG_NXTHDR(&message, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
            continue;
        const auto count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; ++i) {
            int fd = -1;
            std::memcpy(&fd, CMSG_DATA(part) + i * sizeof fd, sizeof fd);
            passed.reset(fd);
        }
    }
    return passed;
}

/// Waits for the open_reply; the data channel if one came with it.
result<unique_fd> receive_open_reply(int command) noexcept {
    protocol::open_reply opened;
    iovec part{.iov_base = &opened, .iov_len = sizeof opened};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(4 * sizeof(int))> rights{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = rights.data();
    message.msg_controllen = rights.size();
    const auto n = retry_on_signal([&] { return ::recvmsg(command, &message, MSG_CMSG_CLOEXEC); });
    if (n < 0)
        return from_errno(errno == EAGAIN ? ETIMEDOUT : errno);
    auto data = passed_descriptor(message);
    if (n == 0) // it died between our connect() and its answer
        return from_errno(ECONNREFUSED);
    if (n != sizeof opened || (message.msg_flags & MSG_TRUNC) != 0)
        return from_errno(EPROTO);
    if (opened.error != 0)
        return from_errno(opened.error);
    return data;
}

} // namespace

virtual_connection::virtual_connection(unique_fd command, unique_fd data) noexcept
    : command_{std::move(command)}
    , data_{std::move(data)} {}

result<virtual_connection> virtual_connection::open(const std::filesystem::path& folder,
                                                    const std::string& node) {
    unique_fd command{::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)};
    if (!command)
        return from_errno(errno);
    for (const auto direction : {SO_RCVTIMEO, SO_SNDTIMEO})
        if (::setsockopt(command.get(), SOL_SOCKET, direction, &patience, sizeof patience) != 0)
            return from_errno(errno);
    const auto address = unix_address::make(folder, node);
    if (!address)
        return address.error();
    if (retry_on_signal(
            [&] { return ::connect(command.get(), address->get(), address->size()); }) != 0)
        return from_errno(errno == EAGAIN ? ETIMEDOUT : errno);

    auto data = receive_open_reply(command.get());
    if (!data)
        return data.error();
    return virtual_connection{std::move(command), std::move(*data)};
}

error_code virtual_connection::give_up() noexcept {
    // A reply that comes after all must not be taken for the next request's.
    ::shutdown(command_.get(), SHUT_RDWR);
    return from_errno(ENODEV);
}

error_code virtual_connection::call(protocol::operation op, std::uint32_t argument,
                                    bytes_view payload, std::span<std::uint8_t> answer) noexcept {
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
    if (retry_on_signal([&] { return ::sendmsg(command_.get(), &message, MSG_NOSIGNAL); }) < 0)
        return give_up();

    protocol::reply reply;
    std::array<iovec, 2> in{iovec{.iov_base = &reply, .iov_len = sizeof reply},
                            iovec{.iov_base = answer.data(), .iov_len = answer.size()}};
    message = {};
    message.msg_iov = in.data();
    message.msg_iovlen = in.size();
    const auto n = retry_on_signal([&] { return ::recvmsg(command_.get(), &message, 0); });
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
