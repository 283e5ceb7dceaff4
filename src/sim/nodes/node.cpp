// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/nodes/node.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <sys/uio.h>
#include <utility>

namespace cihost::sim {

namespace protocol = device::virtual_protocol;

namespace {

/// `passed` < 0: no descriptor.
bool send_open_reply(int socket, int error, int passed) noexcept {
    protocol::open_reply opened{.error = error};
    iovec part{.iov_base = &opened, .iov_len = sizeof opened};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> rights{};
    if (passed >= 0) {
        message.msg_control = rights.data();
        message.msg_controllen = rights.size();
        auto* header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        std::memcpy(CMSG_DATA(header), &passed, sizeof passed);
    }
    return ::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT) == sizeof opened;
}

} // namespace

node::node(listener listening, std::string name, event_log& log)
    : listener_{std::move(listening)}
    , name_{std::move(name)}
    , log_{log}
    , buffer_(protocol::max_message) {}

void node::prepare(poll_set& set) const {
    set.add(listener_.fd(), POLLIN);
    set.add(command_.get(), reply_owed_ ? short{0} : short{POLLIN});
    if (is_open())
        prepare_data(set);
}

void node::serve(const poll_set& set, time_point now) {
    if (is_open() && set.ready(command_.get()))
        receive_command(now);
    if (is_open())
        progress(now);
    if (spoilt_)
        drop(now);
    if (set.ready(listener_.fd()))
        welcome(now);
}

void node::welcome(time_point now) {
    auto candidate = listener_.accept();
    if (!candidate)
        return;
    // The last opener may have closed after this turn's poll() had looked at it.
    if (is_open() && hung_up())
        drop(now);
    if (is_open()) {
        send_open_reply(candidate.get(), EBUSY, -1);
        return;
    }
    const auto data = opened();
    if (!data) {
        send_open_reply(candidate.get(), data.error().value(), -1);
        return;
    }
    command_ = std::move(candidate);
    log_.write(now, "receiver", "opened", {{"node", name_}});
    if (!send_open_reply(command_.get(), 0, data->get()))
        drop(now);
}

bool node::hung_up() const noexcept {
    pollfd probe{.fd = command_.get(), .events = 0, .revents = 0};
    return ::poll(&probe, 1, 0) > 0;
}

void node::receive_command(time_point now) {
    if (reply_owed_) {
        // a request sent too early waits where it is
        if (hung_up())
            drop(now);
        return;
    }
    iovec part{.iov_base = buffer_.data(), .iov_len = buffer_.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    const auto n = ::recvmsg(command_.get(), &message, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    request asked;
    if (n < static_cast<ssize_t>(sizeof asked) || (message.msg_flags & MSG_TRUNC) != 0) {
        drop(now); // closed, or nonsense
        return;
    }
    std::memcpy(&asked, buffer_.data(), sizeof asked);
    reply_owed_ = true;
    command(asked,
            bytes_view{buffer_}.subspan(sizeof asked, static_cast<std::size_t>(n) - sizeof asked),
            now);
    if (spoilt_)
        drop(now);
}

void node::reply(int error, bytes_view payload) noexcept {
    protocol::reply answer{.error = error};
    // sendmsg() only reads, whatever iovec's type says
    std::array<iovec, 2> parts{
        iovec{.iov_base = &answer, .iov_len = sizeof answer},
        iovec{.iov_base = const_cast<std::uint8_t*>(payload.data()), .iov_len = payload.size()}};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    if (::sendmsg(command_.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
        spoilt_ = true;
    reply_owed_ = false;
}

void node::drop(time_point now) {
    command_.reset();
    reply_owed_ = false;
    spoilt_ = false;
    closed(now);
    log_.write(now, "receiver", "closed", {{"node", name_}});
}

result<std::pair<unique_fd, unique_fd>> make_data_channel() noexcept {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
        return error_code{errno, boost::system::generic_category()};
    return std::pair{unique_fd{ends[0]}, unique_fd{ends[1]}};
}

} // namespace cihost::sim
