// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/bytes.hpp>
#include <cihost/en50221/application_info.hpp>
#include <cihost/en50221/ca_pmt_reply.hpp>
#include <cihost/en50221/host_control.hpp>
#include <cihost/en50221/mmi.hpp>
#include <cihost/en50221/resource_id.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace cihost::en50221 {

/// The transport connection is up (C_T_C_Reply came).
struct connected {};

/// A session was opened by the module, or begins anew under its number.
struct session_opened {
    std::uint16_t session_nb = 0;
    resource_id resource;
};

/// A session ended, from either side or with its connection.
struct session_closed {
    std::uint16_t session_nb = 0;
    resource_id resource;
};

/// The module asked for a session and was refused with session_status `status`: F0 no such
/// resource, F2 our version is too low, F3 it has a session already, or too many of all kinds.
struct session_refused {
    resource_id resource;
    std::uint8_t status = 0;
};

/// Who the module is; may come again.
struct application_info_received {
    application_info info;
};

/// request_cicam_reset() of Application Information v3: the module wants to be reset.
struct cicam_reset_requested {};

/// CA_INFO: the CA systems of one CA Support session. Replaces that session's earlier list; may
/// come again unasked (card swap) and may be empty.
struct ca_info_received {
    std::uint16_t session_nb = 0;
    std::vector<std::uint16_t> ca_system_ids;
};

struct ca_pmt_reply_received {
    std::uint16_t session_nb = 0;
    ca_pmt_reply reply;
};

/// A CA_PMT that the device cannot carry (high-level devices: 256 bytes): it was not sent.
struct ca_pmt_too_large {
    std::uint16_t program_number = 0;
};

/// The module shows this, in place of what it showed before: at most one display at a time, the
/// latest. It waits for one answer, slot::answer_menu() or answer_enquiry().
struct mmi_shown {
    std::uint16_t session_nb = 0;
    mmi_display display;
};

/// Nothing is shown any more.
struct mmi_closed {
    std::uint16_t session_nb = 0;
};

/// The module did not open its menu within 10 s of enter_menu().
struct menu_refused {};

/// No answer for slot_settings::suspect_after. Only a remark; the conversation goes on.
struct suspect {};

/// An answer came after `suspect`.
struct responsive {};

/// The conversation is over: the module did not take the connection, stayed silent or deleted it,
/// the device refused a write, or stop() was called. All sessions are gone, each told by a
/// session_closed before. start() begins anew.
struct disconnected {
    enum class why { create_failed, silent, deleted_by_module, write_failed, stopped };
    why reason = why::silent;
};

/// Bytes that do not fit the standard or the conversation, or that the module does not take. They
/// were dropped, and with them the SPDU whose limit they exceed; a malformed TPDU of our connection
/// still counts as the module's answer.
/// Of one received block only a few are told, the last of them with the number of the others.
struct violation {
    static constexpr std::size_t max_data = 64;

    /// What was wrong, a complete sentence for the log.
    std::string what;
    /// The object that was wrong, or its first max_data bytes.
    bytes data;
    /// Further violations of the same block, of whatever kind, that are not told.
    std::size_t more = 0;
};

using event = std::variant<connected, session_opened, session_closed, session_refused,
                           application_info_received, ca_info_received, ca_pmt_reply_received,
                           ca_pmt_too_large, mmi_shown, mmi_closed, menu_refused, suspect,
                           responsive, disconnected, violation, cicam_reset_requested,
                           host_control_tune, host_control_tune_broadcast, host_control_replace,
                           host_control_clear_replace, host_control_release_answered>;

} // namespace cihost::en50221
