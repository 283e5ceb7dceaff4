// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/nodes/node.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <sys/uio.h>
#include <utility>

namespace cihost::sim {

namespace protocol = device::virtual_protocol;

namespace {

bool send_open_reply(int socket, int error, const std::vector<unique_fd>& passed = {}) noexcept {
    protocol::open_reply opened{.error = error};
    iovec part{.iov_base = &opened, .iov_len = sizeof opened};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    std::array<int, 1 + protocol::max_slots> numbers{};
    const auto count = std::min(passed.size(), numbers.size());
    std::transform(passed.begin(), passed.begin() + static_cast<std::ptrdiff_t>(count),
                   numbers.begin(), [](const unique_fd& fd) { return fd.get(); });
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof numbers)> rights{};
    if (count > 0) {
        message.msg_control = rights.data();
        message.msg_controllen = CMSG_SPACE(count * sizeof(int));
        auto* header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(count * sizeof(int));
        std::memcpy(CMSG_DATA(header), numbers.data(), count * sizeof(int));
    }
    return ::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT) == sizeof opened;
}

} // namespace

node::node(listener listening, std::string name, event_log& log)
    : listener_{std::move(listening)}
    , name_{std::move(name)}
    , log_{log} {}

void node::prepare(poll_set& set) const {
    set.add(listener_.fd(), POLLIN);
    command_.prepare(set);
    if (is_open())
        prepare_data(set);
}

void node::serve(const poll_set& set, time_point now) {
    if (is_open() && set.ready(command_.fd()))
        receive_command(now);
    if (is_open())
        progress(set, now);
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
    if (is_open() && command_.hung_up())
        drop(now);
    if (is_open()) {
        send_open_reply(candidate.get(), EBUSY);
        return;
    }
    const auto passed = opened();
    if (!passed) {
        send_open_reply(candidate.get(), passed.error().value());
        return;
    }
    command_ = command_channel{std::move(candidate)};
    log_.write(now, "receiver", "opened", {{"node", name_}});
    if (!send_open_reply(command_.fd(), 0, *passed))
        drop(now);
}

void node::receive_command(time_point now) {
    command_channel::request asked;
    switch (command_.receive(asked)) {
    case command_channel::outcome::nothing:
        return;
    case command_channel::outcome::request:
        command(asked.header, asked.payload, now);
        break;
    case command_channel::outcome::closed:
    case command_channel::outcome::nonsense:
        spoil();
    }
    if (spoilt_)
        drop(now);
}

void node::reply(int error, bytes_view payload) noexcept {
    if (!command_.reply(error, payload))
        spoil();
}

void node::drop(time_point now) {
    command_.close();
    spoilt_ = false;
    closed(now);
    log_.write(now, "receiver", "closed", {{"node", name_}});
}

result<std::pair<unique_fd, unique_fd>> make_channel() noexcept {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
        return error_code{errno, boost::system::generic_category()};
    return std::pair{unique_fd{ends[0]}, unique_fd{ends[1]}};
}

} // namespace cihost::sim
