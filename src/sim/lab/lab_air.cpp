// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/lab/lab_air.hpp"

#include "base/hex.hpp"

#include <cihost/ts/packet.hpp>

#include <algorithm>
#include <cstring>
#include <utility>

namespace cihost::sim {

namespace {

bool same(const device::virtual_protocol::frontend_status& a,
          const device::virtual_protocol::frontend_status& b) {
    return a.locked == b.locked && a.strength_mdbm == b.strength_mdbm && a.cnr_mdb == b.cnr_mdb;
}

} // namespace

lab_air::lab_air(record_channel node, tuner& reception, event_log& log)
    : node_{std::move(node)}
    , reception_{reception}
    , log_{log} {}

void lab_air::prepare(poll_set& set) const {
    set.add(node_.fd(), static_cast<short>(POLLIN | (held_up_ ? POLLOUT : 0)));
}

void lab_air::serve(time_point now) {
    for (int i = 0; i < record_channel::records_a_turn; ++i) {
        const auto record = node_.read();
        if (!record)
            break;
        obey(*record, now);
    }
    tell_signal(now);
}

void lab_air::obey(const record_channel::record& record, time_point now) {
    if (record.type == lab_tune && tune(record.payload, now))
        return;
    if (record.type == lab_sleep)
        return reception_.power_down(now);
    log_.write(now, "receiver", "lab_garbage",
               {{"type", record.type}, {"size", record.payload.size()}});
}

bool lab_air::tune(bytes_view payload, time_point now) {
    lab_tuning wanted{};
    if (payload.size() != sizeof wanted)
        return false;
    std::memcpy(&wanted, payload.data(), sizeof wanted);
    const auto system = static_cast<delivery_system>(wanted.delivery_system);
    const bool satellite = system == delivery_system::dvbs || system == delivery_system::dvbs2;
    const std::uint64_t hz = std::uint64_t{wanted.frequency} * (satellite ? 1000 : 1);
    if (satellite) {
        const auto length = std::min<std::size_t>(wanted.diseqc_length, sizeof wanted.diseqc);
        log_.write(now, "receiver", "satellite",
                   {{"voltage", wanted.voltage},
                    {"tone", wanted.tone},
                    {"diseqc", to_hex(bytes_view{wanted.diseqc}.first(length))},
                    {"symbol_rate", wanted.symbol_rate}});
    }
    reception_.tune(hz, system, now);
    told_.reset();
    return true;
}

void lab_air::tell_signal(time_point now) {
    held_up_ = false;
    const auto status = reception_.status(now);
    if (told_ && same(*told_, status))
        return;
    const lab_signal_state state{.locked = status.locked,
                                 .strength_mdbm = status.strength_mdbm,
                                 .cnr_mdb = status.cnr_mdb,
                                 .reserved = 0};
    held_up_ = node_.write_value(lab_signal, state) == record_channel::outcome::later;
    if (!held_up_)
        told_ = status;
}

void lab_air::deliver(bytes_view packets, time_point now) {
    tell_signal(now); // packets of a lock that the driver knows
    constexpr std::size_t most = lab_max_packets * ts::packet_size;
    while (!packets.empty()) {
        const auto block = packets.first(std::min(packets.size(), most));
        if (node_.write(lab_packets, block) != record_channel::outcome::taken)
            return count_lost(packets.size() / ts::packet_size, now);
        packets = packets.subspan(block.size());
    }
    if (lost_ > 0)
        log_.write(now, "receiver", "overflow_end", {{"packets", std::exchange(lost_, 0)}});
}

void lab_air::count_lost(std::size_t packets, time_point now) {
    if (lost_ == 0)
        log_.write(now, "receiver", "overflow", {{"packets", packets}});
    lost_ += packets;
}

} // namespace cihost::sim
