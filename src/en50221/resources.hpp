// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "en50221/broadcast_clock.hpp"
#include "en50221/menu_request.hpp"
#include "en50221/mmi.hpp"
#include "en50221/resource.hpp"
#include "en50221/session_layer.hpp"

#include <cihost/bytes.hpp>
#include <cihost/en50221/ca_pmt.hpp>
#include <cihost/en50221/event.hpp>
#include <cihost/en50221/host_control.hpp>
#include <cihost/en50221/resource_id.hpp>
#include <cihost/en50221/slot.hpp>
#include <cihost/time.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cihost::en50221 {

class application_information;

/// The resources this host implements, as far as they are to be offered, every version for itself:
/// no more, for a module that opens what nobody serves waits for ever.
std::vector<offered_resource> offered_resources(const resource_settings& settings);

/// The application layer of one module, EN 50221 §8: APDUs in and out by session, sans-I/O. Knows
/// nothing of SPDUs, so a driver that does the session layer itself can sit below as well.
///
/// Call protocol: after each call drain next_apdu() and next_event(); tick() at deadline().
class resources {
  public:
    /// `module_id`, 1…63: what Resource Manager v2 calls the module.
    explicit resources(const resource_settings& settings = {}, std::uint8_t module_id = 1);
    resources(const resources&) = delete;
    resources& operator=(const resources&) = delete;

    void session_opened(std::uint16_t session_nb, resource_id id, time_point now);
    void session_closed(std::uint16_t session_nb);
    /// One or more APDUs of one session.
    void receive(std::uint16_t session_nb, bytes_view apdus, time_point now);
    void tick(time_point now);
    void abandon();
    /// The connection is gone, and every session closed.
    void disconnected();

    /// As slot::send_ca_pmt.
    void send_ca_pmt(const ca_pmt& value, std::uint16_t session_nb);
    void offer(const resource_settings& settings);
    void ask_release(time_point now);
    void reply_to_tune(std::uint16_t session_nb, tune_status status);
    void set_time(const broadcast_clock& clock, time_point now);

    /// As those of slot.
    bool enter_menu(time_point now);
    bool answer_menu(std::uint16_t session_nb, unsigned choice, time_point now);
    bool answer_enquiry(std::uint16_t session_nb, const std::optional<std::string>& utf8,
                        time_point now);
    bool close_mmi(std::uint16_t session_nb, time_point now);

    std::optional<outgoing_apdu> next_apdu();
    std::optional<event> next_event();
    /// A session to be closed, after the APDUs.
    std::optional<std::uint16_t> next_close();
    time_point deadline() const;
    /// Whether a message of the module is awaited: an answer, or, until some CA Support session
    /// gave its CA systems, the next step of its start-up.
    bool owed() const;

  private:
    std::unique_ptr<resource> make(resource_id id, std::uint16_t session_nb);
    /// The one that is open longest.
    application_information* menu_entry() const;
    mmi* mmi_session(std::uint16_t session_nb) const;
    /// At most one dialogue is shown.
    void clear_screen();

    resource_settings settings_;
    std::vector<resource_id> profile_;
    const std::uint8_t module_id_;
    broadcast_clock clock_;
    outbox out_;
    std::map<std::uint16_t, std::unique_ptr<resource>> sessions_;
    /// Shown still, though its session is closed.
    std::unique_ptr<mmi> fading_;
    menu_request menu_;
};

} // namespace cihost::en50221
