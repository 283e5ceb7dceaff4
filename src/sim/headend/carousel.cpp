// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/headend/carousel.hpp"

#include "ts/section_packetizer.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace cihost::sim {
namespace {

bytes packets_of(const carousel::entry& e, duration t) {
    bytes packets;
    ts::section_packetizer packetizer{e.pid};
    for (const auto& section : e.sections(t))
        packetizer.packetize(section, packets);
    return packets;
}

} // namespace

std::size_t carousel::add(entry e) {
    entries_.push_back(std::move(e));
    due_.push_back(duration::zero());
    next_ = duration::zero();
    return entries_.size() - 1;
}

void carousel::send_now(std::size_t number) noexcept { due_[number] = next_ = duration::zero(); }

void carousel::advance(duration t) {
    if (t < next_)
        return;
    next_ = duration::max();
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        const auto& e = entries_[i];
        if (t >= e.until)
            continue;
        if (t >= due_[i]) {
            const auto packets = packets_of(e, t);
            for (std::size_t at = 0; at < packets.size(); at += ts::packet_size) {
                auto& item = queue_.emplace_back();
                item.due = t;
                std::copy_n(packets.begin() + static_cast<std::ptrdiff_t>(at), ts::packet_size,
                            item.packet.begin());
            }
            due_[i] = t + e.period;
            if (e.next_change)
                due_[i] = std::min(due_[i], e.next_change(t));
        }
        next_ = std::min(next_, due_[i]);
    }
}

void carousel::take(std::span<std::uint8_t, ts::packet_size> packet) noexcept {
    std::copy_n(queue_.front().packet.begin(), ts::packet_size, packet.begin());
    queue_.pop_front();
}

double carousel::packets_per_second() const {
    double sum = 0;
    for (const auto& e : entries_) {
        const auto packets = packets_of(e, duration::zero()).size() / ts::packet_size;
        sum += static_cast<double>(packets) / std::chrono::duration<double>(e.period).count();
    }
    return sum;
}

} // namespace cihost::sim
