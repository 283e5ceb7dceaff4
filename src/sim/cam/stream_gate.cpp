// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/cam/stream_gate.hpp"

namespace cihost::sim {

stream_gate::stream_gate(const need_behaviour& needs, const menu_behaviour& menu)
    : needs_{needs}
    , pin_needed_{!menu.pin.empty()}
    , pin_services_{menu.pin_services} {}

void stream_gate::reset() {
    seen_.clear();
    date_known_ = menu_blocks_ = pin_given_ = false;
}

bool stream_gate::locked(std::uint16_t program_number) const {
    return pin_needed_ && !pin_given_ &&
           (pin_services_.empty() || pin_services_.contains(program_number));
}

std::string stream_gate::missing(time_point now) const {
    if (menu_blocks_)
        return "a menu is shown";
    if (needs_.date_time && !date_known_)
        return "no date";
    for (const auto pid : needs_.table_pids) {
        const auto seen = seen_.find(pid);
        if (seen == seen_.end() || now - seen->second > needs_.table_patience)
            return "no table on PID " + std::to_string(pid);
    }
    return {};
}

} // namespace cihost::sim
