// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ts/continuity.hpp"

#include <cihost/ts/continuity_monitor.hpp>

namespace cihost::ts {

void continuity_monitor::push(packet_view packet) {
    auto& [status, last, duplicated] = table_.at(packet.pid());
    ++status.packets;
    ++total_.packets;
    if (packet.transport_error()) {
        ++status.transport_errors;
        ++total_.transport_errors;
        return;
    }
    if (packet.pid() == pid_null)
        return;
    switch (continuity_step(packet, last, duplicated)) {
    case continuity::next:
    case continuity::announced:
        break;
    case continuity::duplicate:
        ++status.duplicates;
        ++total_.duplicates;
        break;
    case continuity::gap:
        ++status.errors;
        ++total_.errors;
        break;
    }
}

void continuity_monitor::restart() noexcept {
    for (std::size_t pid = 0; pid < pid_count; ++pid)
        restart(static_cast<pid_t>(pid));
}

void continuity_monitor::restart(pid_t pid) noexcept {
    if (auto* const one = table_.find(pid)) {
        one->last = -1;
        one->duplicated = false;
    }
}

void continuity_monitor::reset() noexcept {
    table_.clear();
    total_ = {};
}

} // namespace cihost::ts
