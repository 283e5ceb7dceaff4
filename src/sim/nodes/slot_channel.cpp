// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/nodes/slot_channel.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <utility>

namespace cihost::sim {

namespace protocol = device::virtual_protocol;

namespace {

/// dvb_ca_en50221: HZ/2 of trying, about every millisecond.
constexpr auto write_patience = std::chrono::milliseconds{500};
constexpr auto write_retry = std::chrono::milliseconds{1};

} // namespace

void slot_channel::close() noexcept {
    channel_.close();
    blocked_.reset();
}

bool slot_channel::serve(const poll_set& set, time_point now) {
    if (channel_.is_open() && set.ready(channel_.fd())) {
        command_channel::request asked;
        switch (channel_.receive(asked)) {
        case command_channel::outcome::nothing:
            break;
        case command_channel::outcome::request:
            return obey(asked, now);
        case command_channel::outcome::closed:
            close();
            return true;
        case command_channel::outcome::nonsense:
            return false;
        }
    }
    return retry_write(now);
}

bool slot_channel::obey(const command_channel::request& asked, time_point now) {
    switch (asked.header.op) {
    case protocol::operation::ca_get_slot_info:
        return get_slot_info(asked.header.argument, now);
    case protocol::operation::ca_write:
        return begin_write(asked.payload, now);
    default:
        return channel_.reply(ENOTTY);
    }
}

bool slot_channel::get_slot_info(std::uint32_t slot, time_point now) {
    if (slot != number_)
        return channel_.reply(EINVAL);
    protocol::ca_slot_info info;
    if (module_.present())
        info.flags |= protocol::ca_slot_info::present;
    if (module_.ready(now))
        info.flags |= protocol::ca_slot_info::ready;
    return channel_.reply(0, raw_bytes(info));
}

bool slot_channel::begin_write(bytes_view payload, time_point now) {
    if (payload.size() < 2 || payload[0] != number_ || !module_.ready(now))
        return channel_.reply(EINVAL);
    if (payload.size() == 2) // no TPDU: the kernel sends nothing and is content
        return channel_.reply(0);
    const auto tpdu = payload.subspan(1);
    blocked_ = blocked_write{.tpdu = {tpdu.begin(), tpdu.end()}, .until = now + write_patience};
    return retry_write(now);
}

bool slot_channel::retry_write(time_point now) {
    if (!blocked_)
        return true;
    const bool ready = module_.ready(now);
    if (ready && module_.free(now)) {
        const auto write = std::exchange(blocked_, std::nullopt);
        module_.host_wrote(write->tpdu, now);
        return channel_.reply(0);
    }
    if (ready && now < blocked_->until)
        return true;
    blocked_.reset();
    return channel_.reply(EIO);
}

time_point slot_channel::deadline(time_point now) const {
    return blocked_ ? std::min(now + write_retry, blocked_->until) : never;
}

} // namespace cihost::sim
