// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cihost/ts/scrambling_monitor.hpp>

#include <algorithm>

namespace cihost::ts {

void scrambling_monitor::push(packet_view packet, time_point now) {
    if (!packet.has_payload() || packet.transport_error())
        return;
    auto& status = table_.at(packet.pid());
    if (status.first_packet == never)
        status.first_packet = now;

    const bool was_clear = status.is_clear();
    if (status.scrambled_since != never && status.first_clear != never)
        status.longest_gap = std::max(status.longest_gap, now - status.scrambled_since);

    status.last = packet.scrambling_control();
    if (status.last == scrambling::clear) {
        ++status.clear;
        if (status.first_clear == never)
            status.first_clear = now;
        status.last_clear = now;
        status.scrambled_since = never;
        return;
    }
    const auto parity = status.last == scrambling::odd ? scrambling::odd : scrambling::even;
    ++(parity == scrambling::odd ? status.odd : status.even);
    if (status.last_parity != scrambling::clear && status.last_parity != parity)
        ++status.flips;
    status.last_parity = parity;
    status.last_scrambled = now;
    if (status.scrambled_since == never)
        status.scrambled_since = now;
    if (was_clear)
        ++status.relapses;
}

} // namespace cihost::ts
