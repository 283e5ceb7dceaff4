// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/nodes/ca_node.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <fcntl.h>
#include <sys/socket.h>
#include <utility>

namespace cihost::sim {

namespace protocol = device::virtual_protocol;

ca_node::ca_node(listener listening, const std::vector<module_port*>& modules, event_log& log)
    : node{std::move(listening), "ca0", log} {
    for (unsigned slot = 0; slot < std::min(modules.size(), protocol::max_slots); ++slot)
        slots_.emplace_back(slot, *modules[slot]);
}

result<std::vector<unique_fd>> ca_node::opened() {
    auto channel = make_channel();
    if (!channel)
        return channel.error();
    std::vector<unique_fd> passed;
    passed.emplace_back(::fcntl(channel->second.get(), F_DUPFD_CLOEXEC, 0));
    if (!passed.back())
        return error_code{errno, boost::system::generic_category()};
    std::vector<unique_fd> ours;
    for (std::size_t slot = 0; slot < slots_.size(); ++slot) {
        auto commands = make_channel();
        if (!commands)
            return commands.error();
        ours.push_back(std::move(commands->first));
        passed.push_back(std::move(commands->second));
    }
    for (std::size_t slot = 0; slot < slots_.size(); ++slot)
        slots_[slot].open(std::move(ours[slot]));
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
    for (auto& slot : slots_)
        slot.close();
    data_.reset();
    far_end_.reset();
}

void ca_node::command(const request& asked, bytes_view, time_point now) {
    switch (asked.op) {
    case operation::ca_reset:
        for (const auto& slot : slots_)
            slot.module().reset(now);
        return reply(0);
    case operation::ca_get_cap:
        return reply(0, raw_bytes(protocol::ca_cap{.slot_count =
                                                       static_cast<std::uint32_t>(slots_.size())}));
    default:
        return reply(ENOTTY);
    }
}

void ca_node::progress(const poll_set& set, time_point now) {
    for (auto& slot : slots_)
        if (!slot.serve(set, now))
            spoil();
    fetch(now);
}

void ca_node::fetch(time_point now) {
    // A full channel stops the fetching, as the kernel's full ring does; the modules then wait.
    for (bool more = true; more;) {
        more = false;
        for (std::size_t slot = 0; slot < slots_.size(); ++slot)
            if (flush() && fetch_one(static_cast<std::uint8_t>(slot), now))
                more = true;
    }
    flush();
}

bool ca_node::fetch_one(std::uint8_t slot, time_point now) {
    auto& module = slots_[slot].module();
    const auto block = module.ready(now) ? module.host_reads(now) : std::nullopt;
    if (!block)
        return false;
    auto& message = waiting_.emplace_back();
    message.reserve(1 + block->size());
    message.push_back(slot);
    message.insert(message.end(), block->begin(), block->end());
    return true;
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
    for (const auto& slot : slots_)
        slot.prepare(set);
    if (!waiting_.empty())
        set.add(data_.get(), POLLOUT);
}

time_point ca_node::deadline(time_point now) const {
    auto next = never;
    if (!is_open())
        return next;
    for (const auto& slot : slots_) {
        next = std::min(next, slot.deadline(now));
        if (waiting_.empty() && slot.module().ready(now))
            next = std::min(next, slot.module().deadline());
    }
    return next;
}

} // namespace cihost::sim
