// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "en50221/ca_interface.hpp"

#include <cihost/bytes.hpp>
#include <cihost/en50221/ca_pmt.hpp>
#include <cihost/en50221/event.hpp>
#include <cihost/en50221/slot.hpp>
#include <cihost/time.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace cihost::en50221 {

/// What a module's host asks of a host stack, whichever layers the device leaves to us: slot and
/// high_level, which say what the calls mean. Blocks are the device's without the slot byte.
class conversation {
  public:
    conversation() = default;
    conversation(const conversation&) = delete;
    conversation& operator=(const conversation&) = delete;
    virtual ~conversation() = default;

    virtual ca_interface interface() const noexcept = 0;

    /// As slot's; a high-level driver has settings of its own.
    virtual void adjust(const slot_settings&, time_point) {}
    virtual void start(time_point now) = 0;
    virtual void stop(time_point now) = 0;
    /// What is written next may wait for tick(), which follows at once.
    virtual void take(bytes_view block, time_point now) = 0;
    virtual void tick(time_point now) = 0;
    virtual void write_done(time_point now) = 0;
    virtual void write_failed(time_point now) = 0;
    /// There is no device, or too much waits for it: what next_write() gave last stays here.
    virtual void write_refused(time_point now) { write_failed(now); }
    virtual void abandon(time_point now) = 0;

    virtual std::optional<bytes> next_write() = 0;
    virtual std::optional<event> next_event() = 0;
    virtual time_point deadline() const = 0;
    virtual bool active() const noexcept = 0;

    virtual void send_ca_pmt(const ca_pmt& value, std::uint16_t session_nb, time_point now) = 0;
    virtual void set_time(std::chrono::sys_seconds, std::chrono::minutes, time_point) {}

    virtual bool enter_menu(time_point now) = 0;
    virtual bool answer_menu(std::uint16_t session_nb, unsigned choice, time_point now) = 0;
    virtual bool answer_enquiry(std::uint16_t session_nb,
                                const std::optional<std::string>& utf8_text, time_point now) = 0;
    virtual bool close_mmi(std::uint16_t session_nb, time_point now) = 0;
    virtual void ask_release(time_point) {}
    virtual void reply_to_tune(std::uint16_t, en50221::tune_status, time_point) {}

    virtual bool early_fetch_given_up() const noexcept { return false; }
    virtual bool counts_from_write_done() const noexcept { return true; }
    virtual void module_failed() {}
    virtual void module_changed() {}

    /// A block as a trace holds it: [tcid][TPDU]. APDUs get the objects around them that a module
    /// behind a link would have seen; what the module is told in writing is left out, for it may be
    /// a PIN.
    virtual bytes traced(bytes_view block) const = 0;
};

std::unique_ptr<conversation> make_conversation(ca_interface interface,
                                                const slot_settings& settings);

} // namespace cihost::en50221
