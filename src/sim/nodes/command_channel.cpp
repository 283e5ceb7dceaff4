// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/nodes/command_channel.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <sys/uio.h>

namespace cihost::sim {

namespace protocol = device::virtual_protocol;

void command_channel::prepare(poll_set& set) const {
    set.add(socket_.get(), reply_owed_ ? short{0} : short{POLLIN});
}

bool command_channel::hung_up() const noexcept {
    pollfd probe{.fd = socket_.get(), .events = 0, .revents = 0};
    return ::poll(&probe, 1, 0) > 0;
}

void command_channel::close() noexcept {
    socket_.reset();
    reply_owed_ = false;
}

command_channel::outcome command_channel::receive(request& next) {
    if (reply_owed_)
        return hung_up() ? outcome::closed : outcome::nothing;
    buffer_.resize(protocol::max_message);
    iovec part{.iov_base = buffer_.data(), .iov_len = buffer_.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    const auto n = ::recvmsg(socket_.get(), &message, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return outcome::nothing;
    if (n <= 0 && hung_up()) // an empty message looks like the end
        return outcome::closed;
    if (n < static_cast<ssize_t>(sizeof next.header) || (message.msg_flags & MSG_TRUNC) != 0)
        return outcome::nonsense;
    std::memcpy(&next.header, buffer_.data(), sizeof next.header);
    next.payload = bytes_view{buffer_}.subspan(sizeof next.header,
                                               static_cast<std::size_t>(n) - sizeof next.header);
    reply_owed_ = true;
    return outcome::request;
}

bool command_channel::reply(int error, bytes_view payload) noexcept {
    protocol::reply answer{.error = error};
    // sendmsg() only reads, whatever iovec's type says
    std::array<iovec, 2> parts{
        iovec{.iov_base = &answer, .iov_len = sizeof answer},
        iovec{.iov_base = const_cast<std::uint8_t*>(payload.data()), .iov_len = payload.size()}};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    reply_owed_ = false;
    return ::sendmsg(socket_.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0;
}

} // namespace cihost::sim
