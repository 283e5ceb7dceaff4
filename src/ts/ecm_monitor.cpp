// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ts/ecm_monitor.hpp"

namespace cihost::ts {

void ecm_monitor::push(packet_view packet, time_point now) {
    sections_.push(packet);
    while (const auto section = sections_.next()) {
        const auto id = section->table_id();
        if ((id & 0xF0) != 0x80) {
            ++status_.others;
            continue;
        }
        status_.last_section = now;
        if (id > 0x81) {
            ++status_.emms;
            continue;
        }
        ++status_.ecms;
        if (status_.last_ecm_table_id != 0 && status_.last_ecm_table_id != id)
            ++status_.changes;
        status_.last_ecm_table_id = id;
    }
}

void ecm_monitor::reset() noexcept {
    sections_.reset();
    status_ = {};
}

} // namespace cihost::ts
