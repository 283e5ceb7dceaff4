// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "policy/service_facts.hpp"

namespace cihost::test {

/// A scrambled, wanted service with everything in place but what a test takes away.
inline policy::service_facts facts_with(policy::slot_state state, policy::service_phase phase) {
    policy::service_facts f;
    f.program_number = 101;
    f.name = "Cinema";
    f.receiver = "roof";
    f.multiplex = "474 MHz, DVB-T";
    f.locked = f.in_multiplex = f.pmt_known = f.wanted = true;
    f.transport_stream_id = 1;
    f.ca_system_ids = {0x0500, 0x4AFE};
    f.packets_seen = f.scrambled_now = true;
    f.ecm_pids = {300};
    f.ecms = 9;
    f.recent.packets = 50'000;
    f.now = time_point{} + std::chrono::seconds{100};
    policy::service_status status;
    status.phase = phase;
    status.requested_at = f.now - std::chrono::milliseconds{4500};
    f.modules.push_back({state, "Sim", std::vector<std::uint16_t>{0x4AFE}, status});
    return f;
}

inline policy::service_facts asked() {
    return facts_with(policy::slot_state::ready, policy::service_phase::requested);
}

inline policy::service_facts clear_facts() {
    auto f = asked();
    f.scrambled_now = false;
    return f;
}

inline en50221::ca_pmt_reply reply_of(en50221::ca_enable enable) {
    en50221::ca_pmt_reply reply;
    reply.enable = enable;
    return reply;
}

} // namespace cihost::test
