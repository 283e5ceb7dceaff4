// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "policy/back_off.hpp"
#include "policy/rate_limit.hpp"

#include <cihost/en50221/event.hpp>
#include <cihost/time.hpp>

#include <chrono>
#include <optional>

namespace cihost::policy {

struct slot_supervisor_settings {
    /// How often the slot is asked for presence and READY.
    duration poll_empty = std::chrono::milliseconds{250};
    duration poll_booting = std::chrono::milliseconds{75};
    /// The same, for as long after insertion or reset as a module that starts fast may take.
    duration poll_starting = std::chrono::milliseconds{15};
    duration fast_start = std::chrono::seconds{3};
    /// While the module answers what it is sent, every sixteenth time is enough; after twice this
    /// time without an answer it is asked.
    duration poll_running = std::chrono::milliseconds{250};
    /// Modules take 5…20 s from insertion to READY; none is given up before this.
    duration ready_patience = std::chrono::seconds{30};
    /// From READY dropping in a conversation to its return: the kernel negotiates the link anew
    /// after an error. With a data-available interrupt it falls asleep over that, and only a reset
    /// wakes it.
    duration renewal_patience = std::chrono::seconds{1};
    /// From the start of a conversation to CA_INFO, which may be empty.
    duration start_up_patience = std::chrono::seconds{15};
    /// A conversation that lasted this long after its start-up forgives what went wrong before it.
    duration forgive_after = std::chrono::seconds{10};
    /// Resets that a module may ask for itself within reset_request_period.
    unsigned reset_requests = 3;
    duration reset_request_period = std::chrono::minutes{10};
    duration back_off_first = std::chrono::seconds{1};
    duration back_off_last = std::chrono::seconds{30};
    /// After a reset because it did not become READY, a module is given twice the time, up to
    /// this: some take two minutes, and begin anew when they are reset before that.
    duration ready_patience_longest = std::chrono::minutes{2};
    /// Conversations in a row that fail, and resets in a row that do not bring READY, before the
    /// module is left alone; 0 = it never is.
    unsigned attempts = 8;
};

enum class slot_state {
    /// No module, or no device.
    empty,
    /// A module that is not READY yet.
    present,
    /// READY; the conversation has not come to CA_INFO yet.
    starting,
    ready,
    /// A running conversation in which the module owes an answer for too long.
    silent,
    /// The conversation broke off; a new one is under way.
    restarting,
    /// The module answers, but neither a fresh conversation nor a reset brought it to CA_INFO. It
    /// may still come.
    no_ca_support,
    /// Neither fresh connections nor resets brought about a conversation, or READY: it is left
    /// alone until something changes.
    failed,
};
/// "empty", "present" …
const char* name(slot_state state) noexcept;

enum class slot_action {
    /// Ask the device; answer by status() or status_failed().
    ask_status,
    /// Reset the device; answer by reset_done().
    reset,
    /// READY: begin the conversation.
    start,
    /// READY went away: forget the conversation.
    abandon,
    /// The module does not come to CA_INFO: forget the conversation.
    give_up,
};

/// Watches over one CI slot: when to ask for READY, when a conversation begins, and what follows
/// when it breaks off: a fresh transport connection once, then resets with a growing pause. A
/// module that answers without ever coming to CA_INFO gets one of each, and is then left alone.
/// Pure: no clock, no device.
///
/// The device is reset once after opening: the kernel may still hold bytes that belong to an
/// earlier opener, and only a reset tells them apart from ours. Bytes that come while talking()
/// is false belong to nobody.
///
/// Call protocol: report what happens; then take next() until it gives nothing; again at
/// deadline().
class slot_supervisor {
  public:
    explicit slot_supervisor(const slot_supervisor_settings& settings = {});

    /// From now on; patience that runs already is measured by the new settings too.
    void use(const slot_supervisor_settings& settings);
    void opened(time_point now);
    void closed();
    void status(bool present, bool ready, time_point now);
    void status_failed(time_point now);
    /// Something may have happened to an empty slot: ask then, if not sooner.
    void look_at(time_point when);
    /// The device was reset: by us, for a sibling slot, or because somebody wanted it.
    void reset_done(time_point now);
    /// A reset is not possible now: a fresh conversation is all that can be tried.
    void reset_refused(time_point now);

    /// CA_INFO came: the module's start-up is complete.
    void initialised(time_point now);
    /// It answered: it is there, and READY.
    void heard(time_point now);
    void suspect() { silent_ = true; }
    void responsive() { silent_ = false; }
    void disconnected(en50221::disconnected::why reason, time_point now);
    /// The module asks for a reset (Application Information v3): the conversation ends, then comes
    /// the reset, each time after a longer pause. False: it asked too often; nothing happens.
    bool reset_requested(time_point now);

    /// The conversation is to be followed by another: by a `disconnected` with why::stopped, which
    /// the caller brings about, or after a reset. False: there is none.
    bool renew_connection();
    bool renew_by_reset(time_point now);
    /// Somebody asks for a module that was left alone: it gets all its chances again.
    void begin_anew(time_point now);
    /// From now on, in place of slot_supervisor_settings::start_up_patience.

    std::optional<slot_action> next(time_point now);
    time_point deadline() const;

    slot_state state() const noexcept;
    bool present() const noexcept { return present_; }
    bool ready() const noexcept { return ready_; }
    /// The device said so; unlike !present(), which also holds before it was asked.
    bool empty() const noexcept { return empty_; }
    /// Inserted or reset a short while ago and not READY yet: a reset would begin that anew.
    bool booting(time_point now) const noexcept;
    bool talking() const noexcept { return phase_ == phase::talking; }
    /// When READY was seen for the conversation under way; never before.
    time_point ready_at() const noexcept { return ready_at_; }
    /// Conversations that broke off while the module stayed in.
    unsigned restarts() const noexcept { return restarts_; }
    /// Conversations in a row that broke off, or did not come to CA_INFO.
    unsigned failures() const noexcept { return failures_ + futile_; }
    /// Resets that were made, for this slot or for a sibling: a device resets all of its slots.
    unsigned resets() const noexcept { return resets_; }

  private:
    enum class phase { closed, waiting, resetting, talking, stopped, failed };

    void wait_for_ready(time_point now);
    /// The conversation is over, by its fault: what follows waits for the next status.
    void broke_off(time_point now);
    void forgive();
    void fail(time_point now);
    std::optional<slot_action> judge_start_up(time_point now);

    slot_supervisor_settings settings_;
    back_off back_off_;
    phase phase_ = phase::closed;
    bool present_ = false;
    bool empty_ = false;
    bool ready_ = false;
    bool initialised_ = false;
    bool silent_ = false;
    bool restarting_ = false;
    /// READY dropped while the module stayed in.
    bool dropped_ = false;
    bool abandon_ = false;
    /// The conversation broke off and no status came since: perhaps the module was taken out.
    bool unconfirmed_ = false;
    bool status_asked_ = false;
    /// The conversation ends in order, for another to begin.
    bool renewing_ = false;
    time_point status_due_ = never;
    /// Until then nobody is woken up for it.
    time_point status_rests_ = time_point::min();
    time_point status_at_ = time_point::min();
    time_point reset_due_ = never;
    time_point waiting_since_ = never;
    /// Insertion or the latest reset.
    time_point boot_since_ = time_point::min();
    time_point ready_at_ = never;
    time_point initialised_at_ = never;
    /// When the conversation under way has to have come to CA_INFO.
    time_point start_up_due_ = never;
    unsigned failures_ = 0;
    /// Conversations in a row that did not come to CA_INFO.
    unsigned futile_ = 0;
    unsigned restarts_ = 0;
    /// In a row, for want of READY.
    unsigned unready_resets_ = 0;
    duration ready_patience_;
    unsigned resets_ = 0;
    rate_limit reset_requests_;
};

} // namespace cihost::policy
