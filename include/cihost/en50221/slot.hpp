// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/bytes.hpp>
#include <cihost/en50221/ca_pmt.hpp>
#include <cihost/en50221/event.hpp>
#include <cihost/time.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cihost::en50221 {

/// Which resources a module is offered, and in which versions, besides CA Support and Date-Time.
/// Every version up to the one named here is in the profile.
struct resource_settings {
    /// 1 or 2.
    unsigned resource_manager = 1;
    /// 1, 2, 3 or 5; 4 was never given out.
    unsigned application_information = 1;
    /// 0: not offered, else up to 3.
    unsigned host_control = 1;
    bool mmi = true;
    /// What Application Information v3 is told that the slot carries: 72 or 96 Mbit/s.
    unsigned data_rate_mbit = 72;
    /// What Host Control v3 is told of the tuner: tags of delivery system descriptors, EN 300 468
    /// table 12 (0x5A terrestrial); at most 127.
    std::vector<std::uint8_t> delivery_descriptors;

    friend bool operator==(const resource_settings&, const resource_settings&) = default;
};

/// How a module is answered that opens a session again to a resource of which it has one already,
/// and may have one only.
enum class repeated_session {
    /// F3, resource busy.
    refused,
    /// With the number of the session there is, which begins anew: for modules that forget.
    same_number,
};

/// How one module is spoken to. Defaults suit a module nothing is known of.
struct slot_settings {
    /// Transport connection id, 1…255. Hosts in the field use slot number + 1.
    std::uint8_t tcid = 1;
    /// Never poll faster than this (a module profile may set 300 ms).
    duration poll_floor{0};
    /// Poll period while nothing is owed.
    duration idle_poll = std::chrono::milliseconds{300};
    /// Silence after a TPDU: remark, then end of the conversation, or the next Create_T_C.
    duration suspect_after = std::chrono::milliseconds{500};
    duration dead_after = std::chrono::seconds{2};
    /// Tries of Create_T_C, dead_after apart.
    unsigned create_tries = 3;
    /// Longest SPDU a module may build up by Data_More.
    std::size_t max_spdu_size = 65535;
    /// Data bytes in one TPDU of ours, 1…4089; a longer SPDU goes as Data_More and Data_Last. The
    /// default keeps a device write within 4096 bytes, the buffer of most hosts and modules.
    std::size_t max_tpdu_data = 4089;
    /// On a slot without data-available interrupt the kernel fetches an answer every 100 ms only,
    /// but at once when a write finds it waiting: an answer that is due is fetched by an empty
    /// poll. Needs write_done(). By itself off where it brings nothing, or where the module does
    /// not bear it.
    bool early_fetch = true;
    repeated_session repeated = repeated_session::refused;
    /// Session numbers, EN 50221 §7.2: this one, then each the stride further, and from 65535 on
    /// anew; both 1…256. Unique per host if slot n of m takes n + 1 and m.
    std::uint16_t first_session_nb = 1;
    std::uint16_t session_nb_stride = 1;
    resource_settings resources;
};

/// The whole host stack for one slot of a link-level CA device (EN 50221 §7 and §8), sans-I/O:
/// transport, sessions, and the resources Resource Manager, Application Information, CA Support,
/// Host Control, Date-Time and high-level MMI. A module that asks for any other resource is
/// refused.
///
/// Call protocol:
///   - start() when the slot is READY; stop() to leave in order: what is queued goes out, then
///     Delete_T_C, and `disconnected` tells the end.
///   - receive() for every block read from the device, without the leading slot byte; an empty
///     one is no answer.
///   - While next_write() gives a TPDU, write it to the device at once, in one piece, and call
///     write_done() when the device has taken it. A second one before the module answered the first
///     is a Create_T_C repeated after dead_after, the D_T_C_Reply to a module that ended the
///     connection, or an early fetch. Without write_done() there are no early fetches.
///   - While next_event() gives an event, act on it.
///   - Call tick() at deadline(), or whenever; early and late calls are harmless.
///   - write_failed() if the device refused a TPDU: it ends the conversation.
/// After each of these calls drain next_write() and next_event() and read deadline() again.
class slot {
  public:
    explicit slot(const slot_settings& settings = {});
    slot(slot&&) noexcept;
    slot& operator=(slot&&) noexcept;
    ~slot();

    /// Other settings, from now on: the module has told who it is. What it is offered changes as by
    /// offer(), if it changes; connection and session numbers stay.
    void adjust(const slot_settings& settings, time_point now);

    void start(time_point now);
    void stop(time_point now);
    /// One read: [tcid][TPDU objects…]. Any bytes are allowed.
    void receive(bytes_view block, time_point now);
    /// As receive(), but what is written next waits for tick(), which is due at once: it may be
    /// the answer that the caller has to an event of this block.
    void take(bytes_view block, time_point now);
    void tick(time_point now);
    void write_done(time_point now);
    void write_failed(time_point now);
    /// The module is gone (slot no longer READY): forget all, without writes or `disconnected`.
    void abandon(time_point now);

    /// [tcid][TPDU]: what follows the slot byte in the device's write().
    std::optional<bytes> next_write();
    std::optional<event> next_event();
    time_point deadline() const;

    bool active() const noexcept;

    /// The module broke off, fell silent or sent nonsense while its answers were fetched early: it
    /// is not done to it again until module_changed().
    bool early_fetch_given_up() const noexcept;
    /// What is to be done next depends on when the device took the latest block: write_done() is to
    /// come at once. Else it may come late, and with the module's answer at the latest.
    bool counts_from_write_done() const noexcept;
    /// READY went away with the module still in, or it does not come to CA_INFO: perhaps for early
    /// fetches. Before abandon().
    void module_failed();
    /// The module was taken out: what was learnt of it does not hold for the next one.
    void module_changed();

    /// Sends a CA_PMT to the CA Support session `session_nb`, or, if that is 0, to every open one.
    /// Nothing happens without such a session.
    void send_ca_pmt(const ca_pmt& value, std::uint16_t session_nb, time_point now);

    /// Asks the module for its menu, which comes as mmi_shown, or not: menu_refused. False: there
    /// is no Application Information session to ask in.
    bool enter_menu(time_point now);
    /// Picks a choice, from 1 on, of the menu that this MMI session shows; 0 goes back. A list is
    /// answered by 0. False: nothing is shown there that waits for an answer, or not this one.
    bool answer_menu(std::uint16_t session_nb, unsigned choice, time_point now);
    /// Answers the enquiry that this MMI session shows; nothing cancels it. False: no enquiry waits
    /// for an answer there, or the text is no UTF-8 or longer than modules take.
    bool answer_enquiry(std::uint16_t session_nb, const std::optional<std::string>& utf8_text,
                        time_point now);
    /// Ends the dialogue, whatever it shows; the session is closed a little later, for the module
    /// is to do so first. False: there is none.
    bool close_mmi(std::uint16_t session_nb, time_point now);

    /// Other resources than before, from now on: an open Resource Manager session is told so. What
    /// is open stays open.
    void offer(const resource_settings& resources, time_point now);

    /// Wants the receiver back from the module: Host Control's ask_release. A session that neither
    /// closes nor refuses within 5 s is closed.
    void ask_release(time_point now);
    /// The answer to a host_control_tune with reply_wanted, or to a host_control_tune_broadcast.
    void reply_to_tune(std::uint16_t session_nb, tune_status status, time_point now);

    /// UTC as the broadcast (or, before the first TDT, the system clock) tells it, valid at `now`;
    /// Date-Time goes on from it. Call once before start(). Open Date-Time sessions that asked for
    /// updates get the new time with their next interval, one that still waits for a first time at
    /// once.
    void set_time(std::chrono::sys_seconds utc, std::chrono::minutes local_offset, time_point now);

  private:
    class impl;
    std::unique_ptr<impl> impl_;
};

} // namespace cihost::en50221
