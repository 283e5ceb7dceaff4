// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/nodes/ca_node.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <sys/socket.h>
#include <utility>

namespace cihost::sim {

namespace protocol = device::virtual_protocol;

namespace {

/// dvb_ca_en50221: HZ/2 of trying, about every millisecond.
constexpr auto write_patience = std::chrono::milliseconds{500};
constexpr auto write_retry = std::chrono::milliseconds{1};

} // namespace

ca_node::ca_node(listener listening, module_port& module, event_log& log)
    : node{std::move(listening), "ca0", log}
    , module_{module} {}

result<unique_fd> ca_node::opened() {
    auto channel = make_data_channel();
    if (!channel)
        return channel.error();
    unique_fd passed{::fcntl(channel->second.get(), F_DUPFD_CLOEXEC, 0)};
    if (!passed)
        return error_code{errno, boost::system::generic_category()};
    data_ = std::move(channel->first);
    far_end_ = std::move(channel->second);
    return passed;
}

void ca_node::closed(time_point) {
    // The receive ring outlives the opener: the kernel's flush at open does not work.
    std::deque<bytes> unread;
    bytes message(protocol::max_message);
    for (;;) {
        const auto n = ::recv(far_end_.get(), message.data(), message.size(), MSG_DONTWAIT);
        if (n <= 0)
            break;
        unread.emplace_back(message.begin(), message.begin() + n);
    }
    waiting_.insert(waiting_.begin(), unread.begin(), unread.end());
    blocked_.reset();
    data_.reset();
    far_end_.reset();
}

void ca_node::command(const request& asked, bytes_view payload, time_point now) {
    switch (asked.op) {
    case operation::ca_reset:
        module_.reset(now);
        return reply(0);
    case operation::ca_get_cap:
        return reply(0, raw_bytes(protocol::ca_cap{.slot_count = 1}));
    case operation::ca_get_slot_info:
        return get_slot_info(asked.argument, now);
    case operation::ca_write:
        return begin_write(payload, now);
    default:
        return reply(ENOTTY);
    }
}

void ca_node::get_slot_info(std::uint32_t slot, time_point now) {
    if (slot != 0)
        return reply(EINVAL);
    protocol::ca_slot_info info;
    if (module_.present())
        info.flags |= protocol::ca_slot_info::present;
    if (module_.ready(now))
        info.flags |= protocol::ca_slot_info::ready;
    reply(0, raw_bytes(info));
}

void ca_node::begin_write(bytes_view payload, time_point now) {
    if (payload.size() < 2 || payload[0] != 0 || !module_.ready(now))
        return reply(EINVAL);
    if (payload.size() == 2) // no TPDU: the kernel sends nothing and is content
        return reply(0);
    const auto tpdu = payload.subspan(1);
    blocked_ = blocked_write{.tpdu = {tpdu.begin(), tpdu.end()}, .until = now + write_patience};
    retry_write(now);
}

void ca_node::retry_write(time_point now) {
    if (!blocked_)
        return;
    const bool ready = module_.ready(now);
    if (ready && module_.free(now)) {
        const auto write = std::exchange(blocked_, std::nullopt);
        module_.host_wrote(write->tpdu, now);
        reply(0);
    } else if (!ready || now >= blocked_->until) {
        blocked_.reset();
        reply(EIO);
    }
}

void ca_node::progress(time_point now) {
    retry_write(now);
    fetch(now);
}

void ca_node::fetch(time_point now) {
    // A full channel stops the fetching, as the kernel's full ring does; the module then waits.
    while (flush() && module_.ready(now)) {
        const auto block = module_.host_reads(now);
        if (!block)
            return;
        auto& message = waiting_.emplace_back();
        message.reserve(1 + block->size());
        message.push_back(0); // slot
        message.insert(message.end(), block->begin(), block->end());
    }
}

bool ca_node::flush() {
    while (!waiting_.empty()) {
        const auto& message = waiting_.front();
        if (::send(data_.get(), message.data(), message.size(), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
            return false;
        waiting_.pop_front();
    }
    return true;
}

void ca_node::prepare_data(poll_set& set) const {
    if (!waiting_.empty())
        set.add(data_.get(), POLLOUT);
}

time_point ca_node::deadline(time_point now) const {
    if (!is_open())
        return never;
    auto next = waiting_.empty() && module_.ready(now) ? module_.deadline() : never;
    if (blocked_)
        next = std::min({next, now + write_retry, blocked_->until});
    return next;
}

} // namespace cihost::sim
