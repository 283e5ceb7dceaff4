// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/nodes/dvr_node.hpp"

#include <cihost/ts/packet.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <utility>

namespace cihost::sim {

namespace protocol = device::virtual_protocol;

dvr_node::dvr_node(listener listening, event_log& log)
    : node{std::move(listening), "dvr0", log} {}

result<std::vector<unique_fd>> dvr_node::opened() {
    auto channel = make_channel();
    if (!channel)
        return channel.error();
    data_ = std::move(channel->first);
    std::vector<unique_fd> passed;
    passed.push_back(std::move(channel->second));
    return passed;
}

void dvr_node::closed(time_point) {
    data_.reset();
    pids_.clear();
    queue_.clear();
    sent_ = 0;
    overflow_owed_ = false;
}

void dvr_node::command(const request& asked, bytes_view payload, time_point) {
    if (asked.op != operation::dvr_set_pids)
        return reply(ENOTTY);
    reply(set_pids(payload) ? 0 : EINVAL);
}

bool dvr_node::set_pids(bytes_view payload) {
    if (payload.size() % sizeof(std::uint16_t) != 0)
        return false;
    ts::pid_filter wanted;
    for (; !payload.empty(); payload = payload.subspan(sizeof(std::uint16_t))) {
        std::uint16_t pid = 0;
        std::memcpy(&pid, payload.data(), sizeof pid);
        if (pid > protocol::whole_multiplex)
            return false;
        if (pid == protocol::whole_multiplex)
            wanted.add_all();
        else
            wanted.add(pid);
    }
    pids_ = wanted;
    return true;
}

void dvr_node::deliver(bytes_view packets, time_point now) {
    if (!is_open() || overflow_owed_)
        return;
    for (; packets.size() >= ts::packet_size; packets = packets.subspan(ts::packet_size)) {
        const ts::packet_view packet{packets.first<ts::packet_size>()};
        if (!pids_.matches(packet))
            continue;
        if (queue_.size() - sent_ + ts::packet_size > capacity) {
            overflow(now);
            break;
        }
        queue_.insert(queue_.end(), packet.data().begin(), packet.data().end());
    }
    flush();
}

void dvr_node::overflow(time_point now) {
    if (!is_open() || overflow_owed_)
        return;
    overflow_owed_ = true;
    ++overflows_;
    queue_.clear();
    sent_ = 0;
    log().write(now, "receiver", "overflow");
    flush();
}

void dvr_node::progress(const poll_set&, time_point) { flush(); }

void dvr_node::flush() {
    constexpr auto flags = MSG_DONTWAIT | MSG_NOSIGNAL;
    if (overflow_owed_) {
        constexpr std::uint8_t failed_read = EOVERFLOW;
        if (::send(data_.get(), &failed_read, 1, flags) == 1)
            overflow_owed_ = false;
        return;
    }
    while (sent_ < queue_.size()) {
        const auto size =
            std::min(queue_.size() - sent_, protocol::max_packets_per_read * ts::packet_size);
        if (::send(data_.get(), queue_.data() + sent_, size, flags) < 0)
            break;
        sent_ += size;
    }
    if (sent_ == queue_.size()) {
        queue_.clear();
        sent_ = 0;
    } else if (sent_ >= capacity) { // moved seldom, so cheaply
        queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(sent_));
        sent_ = 0;
    }
}

void dvr_node::prepare_data(poll_set& set) const {
    if (overflow_owed_ || !queue_.empty())
        set.add(data_.get(), POLLOUT);
}

} // namespace cihost::sim
