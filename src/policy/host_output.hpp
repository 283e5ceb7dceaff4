// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "en50221/pcapng.hpp"
#include "policy/ca_pmt_settings.hpp"

#include <cihost/bytes.hpp>
#include <cihost/en50221/event.hpp>
#include <cihost/log_record.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

namespace cihost::policy {

/// What a module_host wants done, or has to tell. Only the first three want an answer.

/// Write the block to the slot: [tcid][TPDU], or an APDU. Answer by write_done(), write_failed() or
/// write_refused(), with the conversation it belongs to.
struct write_block {
    bytes block;
    unsigned conversation = 0;
    /// The service, if a CA_PMT begins in this block.
    std::optional<std::uint16_t> ca_pmt_program;
    /// It only asks whether there is anything: nobody waits for write_done(), only for the answer.
    bool quiet = false;
};
/// Ask the device for presence and READY. Answer by status_came() or status_failed().
struct ask_status {};
/// Reset the device. Answer by reset_done() or reset_refused().
struct reset_device {};

/// A conversation is about to begin: tell the module's clock by set_time(). It begins with that,
/// or, if nobody knows the time, with the next tick().
struct time_needed {};
/// The list of CA systems changed, or was lost, or the profile was chosen anew: other PIDs may have
/// to pass through the module.
struct ca_systems_changed {};
/// A CA_PMT was decided on.
struct ca_pmt_sent {
    std::uint16_t program_number = 0;
};
/// The module asks something of the receiver by Host Control, or a session for that ended: a
/// host_control_* event, or a session_closed.
struct module_asks {
    en50221::event what;
};
/// The conversation is over, with or without sessions: what the module asked for is void.
struct conversation_lost {};
/// A way to ask this module (listing, change, withdrawal, descriptors …) was found to work for a
/// service that stayed scrambled with another, or not to; `worked` too when the host goes over to
/// it because another cost a service.
struct strategy_tried {
    ca_pmt_settings settings;
    bool worked = false;
    /// That the module has a limit of services was found out.
    bool limit = false;
};
/// For traces.
struct hardware_changed {
    en50221::hardware_event what = en50221::hardware_event::ready;
};
struct log_line {
    severity level = severity::info;
    /// One sentence; what it is about ("the module …") is in this slot.
    std::string message;
};

using host_output = std::variant<write_block, ask_status, reset_device, time_needed,
                                 ca_systems_changed, ca_pmt_sent, hardware_changed, module_asks,
                                 conversation_lost, strategy_tried, log_line>;

} // namespace cihost::policy
