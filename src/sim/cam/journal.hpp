// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "sim/event_log.hpp"

#include <cihost/time.hpp>

#include <boost/json/object.hpp>

#include <cstdint>
#include <string>
#include <utility>

namespace cihost::sim {

/// The CAM's lines in the event log, each with the "slot" it is in:
///
///   boot, ready, removed, power_off            the module in its slot
///   connection {tcid, state}, tpdu_ignored     transport
///   session_opened, session_refused, session_closed {resource, session | status}
///   profile {resources}, enter_menu, date_time {utc}
///   data_rate_info {rate}, ask_release         the host said
///   host_control {order}                       the module asked the host
///   ca_info                                    the host asked for it
///   ca_pmt {program, version, list, command, elementary_pids, ecm_pids}
///   service_enabled, service_not_enabled, service_dropped, ca_pmt_ignored {program, reason}
///   emm {emm_pid, key_number}, first_ecm {program, ecm_pid, key_number}
///   first_keys {ecm_pid, elementary_pids}      an ECM stream gave its first keys to these
///   ecm_without_entitlement, ecm_unreadable {ecm_pid, key_number}
///   first_clear {program, after_ms}, crypto_period {program, parity}
///   fault {fault}, died {reason}               what the module does wrong by its nature
///   over_capacity, service_restarts {program}, wedged {reason}, entitlement_lapsed
///   not_descrambling {reason}, descrambling_goes_on
///   menu_shown, menu_gone, menu_answer {page, …}, pin_right, pin_wrong
///   violation {what, …}
class journal {
  public:
    explicit journal(event_log& log, unsigned slot = 0) noexcept
        : log_{log}
        , slot_{slot} {}

    void write(time_point now, const char* event, boost::json::object fields = {}) {
        fields["slot"] = slot_;
        log_.write(now, "cam", event, std::move(fields));
    }

    /// The host broke the protocol. A good host never causes one.
    void violation(time_point now, const char* what, boost::json::object fields = {}) {
        fields["what"] = what;
        write(now, "violation", std::move(fields));
    }

  private:
    event_log& log_;
    unsigned slot_;
};

/// Identifiers as the standards print them: "00030041", "9f8032".
std::string hex_digits(std::uint32_t value, int digits);

} // namespace cihost::sim
