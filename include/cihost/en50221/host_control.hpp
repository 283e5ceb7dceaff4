// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/bytes.hpp>
#include <cihost/ts/packet.hpp>

#include <cstdint>

namespace cihost::en50221 {

/// A module wants the receiver to go to a service and to have it descrambled: tune(), EN 50221
/// §8.5.1.1, or tune_triplet_req() of Host Control v3. What it finds there is put back when the
/// session ends.
struct host_control_tune {
    std::uint16_t session_nb = 0;
    /// 0: not told.
    std::uint16_t network_id = 0;
    std::uint16_t original_network_id = 0;
    std::uint16_t transport_stream_id = 0;
    std::uint16_t service_id = 0;
    /// Answer by slot::reply_to_tune(), whatever comes of it; tune() itself has no answer.
    bool reply_wanted = false;
};

/// tune_broadcast_req() of Host Control v2: a service by where its multiplex is. Answer by
/// slot::reply_to_tune().
struct host_control_tune_broadcast {
    std::uint16_t session_nb = 0;
    std::uint16_t service_id = 0;
    /// Descriptors, EN 300 468 §6.2.13; empty: the multiplex that is received now.
    bytes delivery;
    /// A PMT section to use in place of the one broadcast; empty: none.
    bytes pmt;
    /// v3: without a word to the viewer.
    bool quietly = false;
};

/// replace(), §8.5.1.2: packets of one PID take the place of another's, for as long as the session
/// lasts or until clear_replace() of the same reference.
struct host_control_replace {
    std::uint16_t session_nb = 0;
    std::uint8_t reference = 0;
    ts::pid_t replaced_pid = ts::pid_null;
    ts::pid_t replacement_pid = ts::pid_null;
};

/// clear_replace(), §8.5.1.3: all replacements of this reference end.
struct host_control_clear_replace {
    std::uint16_t session_nb = 0;
    std::uint8_t reference = 0;
};

/// ask_release_reply() of Host Control v2: what the module makes of slot::ask_release().
struct host_control_release_answered {
    std::uint16_t session_nb = 0;
    bool released = false;
};

/// tune_reply_status of Host Control v2.
enum class tune_status : std::uint8_t {
    ok = 0x00,
    unsupported_delivery = 0x01,
    no_lock = 0x02,
    busy = 0x03,
    bad_parameters = 0x04,
    service_not_found = 0x05,
    failed = 0x06,
};

} // namespace cihost::en50221
