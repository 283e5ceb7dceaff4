// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "en50221/menu_request.hpp"
#include "en50221/mmi.hpp"
#include "en50221/resource.hpp"

#include <cihost/bytes.hpp>
#include <cihost/en50221/ca_pmt.hpp>
#include <cihost/en50221/event.hpp>
#include <cihost/time.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

namespace cihost::en50221 {

struct high_level_settings {
    /// An enquiry is repeated so often, this far apart; then the answer is done without.
    duration enquiry_pause = std::chrono::seconds{1};
    unsigned enquiries = 5;
    /// Longest APDU, tag and length included: struct ca_msg of the kernel.
    std::size_t max_apdu = 256;
};

/// The host stack for a high-level CA device (CA_CI), whose driver or firmware has transport and
/// sessions: APDUs in and out, sans-I/O. First application_info, then ca_info, then CA_PMTs. The
/// events are those of `slot`, with two sessions that stand for the driver's own; a ca_info that
/// does not come counts as an empty one.
///
/// Call protocol: as of `slot`, with one APDU a block. write_done() and write_failed() tell how it
/// went, in the order of the blocks.
class high_level {
  public:
    static constexpr std::uint16_t application_session = 1;
    static constexpr std::uint16_t ca_session = 2;
    static constexpr std::uint16_t mmi_session = 3;

    explicit high_level(const high_level_settings& settings = {})
        : settings_{settings} {}

    void start(time_point now);
    /// There is no connection to end: `disconnected` comes at once.
    void stop(time_point now);
    void receive(bytes_view block, time_point now);
    void tick(time_point now);
    void write_done(time_point now);
    /// An enquiry is repeated all the same; the driver need not know it. Anything else ends the
    /// conversation.
    void write_failed(time_point now);
    /// The last APDU of next_write() could not even be handed over: ends the conversation.
    void write_refused(time_point now);
    void abandon(time_point now);

    std::optional<bytes> next_write();
    std::optional<event> next_event();
    time_point deadline() const noexcept;
    bool active() const noexcept { return active_; }

    /// Without the streams that matter least if it does not fit otherwise; ca_pmt_too_large if that
    /// does not help.
    void send_ca_pmt(const ca_pmt& value, std::uint16_t session_nb, time_point now);
    /// As those of slot; the only session_nb is mmi_session. Not every driver takes the answers.
    bool enter_menu(time_point now);
    bool answer_menu(std::uint16_t session_nb, unsigned choice, time_point now);
    bool answer_enquiry(std::uint16_t session_nb, const std::optional<std::string>& utf8_text,
                        time_point now);
    bool close_mmi(std::uint16_t session_nb, time_point now);

  private:
    enum class awaited { nothing, application_info, ca_info };

    void enquire(awaited what, time_point now);
    void next_step(time_point now);
    void write(bytes apdu);
    /// What the dialogue has to send.
    void collect();
    bool has_mmi(std::uint16_t session_nb) const noexcept;
    void end(disconnected::why reason);
    void reset() noexcept;

    high_level_settings settings_;
    bool active_ = false;
    awaited awaited_ = awaited::nothing;
    unsigned enquiries_left_ = 0;
    time_point due_ = never;
    std::deque<bytes> writes_;
    /// Tags on their way into the device.
    std::deque<std::uint32_t> in_hand_;
    outbox out_;
    /// The driver's one session stays as it is, whatever the module opens and closes.
    std::optional<mmi> mmi_;
    menu_request menu_;
};

} // namespace cihost::en50221
