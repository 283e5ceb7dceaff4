// SPDX-License-Identifier: LGPL-2.1-or-later
#include "policy/slot_supervisor.hpp"

#include <algorithm>
#include <utility>

namespace cihost::policy {
namespace {

/// Start-ups that may fail: the first, one on a fresh connection, one after a reset.
constexpr unsigned start_ups = 3;

} // namespace

const char* name(slot_state state) noexcept {
    switch (state) {
    case slot_state::empty:
        return "empty";
    case slot_state::present:
        return "present";
    case slot_state::starting:
        return "starting";
    case slot_state::ready:
        return "ready";
    case slot_state::silent:
        return "silent";
    case slot_state::restarting:
        return "restarting";
    case slot_state::no_ca_support:
        return "no_ca_support";
    case slot_state::failed:
        return "failed";
    }
    return "empty";
}

slot_supervisor::slot_supervisor(const slot_supervisor_settings& settings)
    : settings_{settings}
    , back_off_{settings.back_off_first, settings.back_off_last}
    , ready_patience_{settings.ready_patience}
    , reset_requests_{settings.reset_requests, settings.reset_request_period} {}

void slot_supervisor::use(const slot_supervisor_settings& settings) {
    const auto before = std::exchange(settings_, settings);
    if (start_up_due_ != never)
        start_up_due_ += settings.start_up_patience - before.start_up_patience;
    if (settings.back_off_first != before.back_off_first ||
        settings.back_off_last != before.back_off_last)
        back_off_ = back_off{settings.back_off_first, settings.back_off_last};
    if (settings.reset_requests != before.reset_requests ||
        settings.reset_request_period != before.reset_request_period)
        reset_requests_ = rate_limit{settings.reset_requests, settings.reset_request_period};
}

void slot_supervisor::opened(time_point now) {
    closed();
    phase_ = phase::waiting;
    waiting_since_ = now;
    reset_due_ = now;
}

void slot_supervisor::closed() {
    // a count that people look at survives the device; so does what a module asked for
    const auto restarts = restarts_;
    const auto resets = resets_;
    const auto requests = reset_requests_;
    *this = slot_supervisor{settings_};
    restarts_ = restarts;
    resets_ = resets;
    reset_requests_ = requests;
}

void slot_supervisor::forgive() {
    failures_ = 0;
    futile_ = 0;
    unready_resets_ = 0;
    ready_patience_ = settings_.ready_patience;
    back_off_.reset();
}

/// Whatever was tried has failed. A module that starts anew by itself gets one more chance.
void slot_supervisor::fail(time_point now) {
    phase_ = phase::failed;
    restarting_ = false;
    reset_due_ = never;
    status_due_ = now + settings_.poll_running;
}

bool slot_supervisor::renew_connection() {
    renewing_ = phase_ == phase::talking;
    return renewing_;
}

bool slot_supervisor::renew_by_reset(time_point now) {
    if (phase_ != phase::talking)
        return false;
    abandon_ = true;
    broke_off(now);
    reset_due_ = now;
    return true;
}

void slot_supervisor::begin_anew(time_point now) {
    const bool unready = settings_.attempts > 0 && unready_resets_ >= settings_.attempts;
    if (phase_ != phase::failed && !unready)
        return;
    forgive();
    if (phase_ == phase::failed)
        wait_for_ready(now);
    waiting_since_ = now;
    reset_due_ = now;
}

void slot_supervisor::wait_for_ready(time_point now) {
    phase_ = phase::waiting;
    ready_ = false;
    initialised_ = false;
    silent_ = false;
    dropped_ = false;
    renewing_ = false;
    waiting_since_ = now;
    ready_at_ = never;
    start_up_due_ = never;
    status_rests_ = time_point::min();
}

void slot_supervisor::status(bool present, bool ready, time_point now) {
    status_asked_ = false;
    status_at_ = now;
    if (phase_ == phase::closed || phase_ == phase::stopped)
        return;
    empty_ = !present;
    if (!present) {
        abandon_ = abandon_ || phase_ == phase::talking;
        if (phase_ != phase::resetting)
            wait_for_ready(now);
        // whatever comes next is another module, or the same one with a clean slate
        if (present_) {
            forgive();
            reset_requests_ = rate_limit{settings_.reset_requests, settings_.reset_request_period};
            reset_due_ = never;
        }
        unconfirmed_ = false;
        restarting_ = false;
        present_ = false;
        status_due_ = now + settings_.poll_empty;
        return;
    }
    if (!present_)
        waiting_since_ = boot_since_ = now;
    present_ = true;
    if (std::exchange(unconfirmed_, false)) {
        ++restarts_;
        // what was written met a link that is negotiated anew, not half a module
        if (!ready && failures_ == 2 && reset_due_ != never) {
            reset_due_ = never;
            dropped_ = true;
        }
    }
    if (phase_ == phase::talking && !ready) {
        abandon_ = true;
        restarting_ = true;
        ++restarts_;
        wait_for_ready(now);
        dropped_ = true;
    }
    if (phase_ == phase::failed && !ready) {
        wait_for_ready(now);
        failures_ = settings_.attempts - 1;
    }
    if (phase_ == phase::waiting) {
        if (ready && !ready_)
            ready_at_ = now;
        ready_ = ready;
        if (!ready && reset_due_ == never) {
            if (dropped_ && now - waiting_since_ >= settings_.renewal_patience) {
                dropped_ = false;
                reset_due_ = now;
            } else if (now - waiting_since_ >= ready_patience_ &&
                       (settings_.attempts == 0 || unready_resets_ < settings_.attempts)) {
                restarting_ = true;
                reset_due_ = now + back_off_.next();
                if (++unready_resets_ == settings_.attempts)
                    restarting_ = false;
                ready_patience_ =
                    std::max(ready_patience_,
                             std::min(2 * ready_patience_, settings_.ready_patience_longest));
            }
        }
    }
    const bool booting = !ready && now - waiting_since_ < ready_patience_;
    if (booting && now - std::max(boot_since_, waiting_since_) < settings_.fast_start)
        status_due_ = now + settings_.poll_starting;
    else
        status_due_ = now + (booting ? settings_.poll_booting : settings_.poll_running);
}

void slot_supervisor::heard(time_point now) {
    if (phase_ != phase::talking || !initialised_ || status_due_ == never)
        return;
    status_rests_ = now + 2 * settings_.poll_running;
    status_due_ = std::min(status_at_ + 16 * settings_.poll_running, status_rests_);
}

void slot_supervisor::status_failed(time_point now) {
    status_asked_ = empty_ = false;
    // a slot that cannot be asked is no reason to leave out the reset that may cure it
    unconfirmed_ = false;
    status_due_ = now + settings_.poll_empty;
}

void slot_supervisor::look_at(time_point when) {
    if (empty_)
        status_due_ = std::min(status_due_, when);
}

void slot_supervisor::reset_done(time_point now) {
    ++resets_;
    boot_since_ = now;
    reset_refused(now);
}

void slot_supervisor::reset_refused(time_point now) {
    if (phase_ == phase::closed || phase_ == phase::stopped)
        return;
    abandon_ = abandon_ || phase_ == phase::talking;
    wait_for_ready(now);
    reset_due_ = never;
    status_due_ = now;
}

void slot_supervisor::initialised(time_point now) {
    if (!initialised_)
        initialised_at_ = now;
    initialised_ = true;
    restarting_ = false;
    start_up_due_ = never;
    futile_ = 0;
    unready_resets_ = 0;
}

void slot_supervisor::broke_off(time_point now) {
    restarting_ = true;
    unconfirmed_ = true;
    wait_for_ready(now);
    status_due_ = now;
}

void slot_supervisor::disconnected(en50221::disconnected::why reason, time_point now) {
    using why = en50221::disconnected::why;
    if (phase_ != phase::talking)
        return;
    if (reason == why::stopped && renewing_)
        return broke_off(now);
    if (reason == why::stopped) {
        phase_ = phase::stopped;
        return;
    }
    if (initialised_ && now - initialised_at_ >= settings_.forgive_after)
        forgive();
    ++failures_;
    broke_off(now);
    // a module that took half a TPDU waits for the other half: a fresh connection is no cure
    if (reason == why::write_failed)
        failures_ = std::max(failures_, 2U);
    if (settings_.attempts > 0 && failures_ >= settings_.attempts)
        return fail(now);
    if (failures_ == 2)
        reset_due_ = now;
    else if (failures_ > 2)
        reset_due_ = now + back_off_.next();
}

bool slot_supervisor::reset_requested(time_point now) {
    if (phase_ != phase::talking)
        return false;
    reset_requests_.left_out(now);
    if (!reset_requests_.pass(now))
        return false;
    if (initialised_ && now - initialised_at_ >= settings_.forgive_after)
        forgive();
    abandon_ = true;
    broke_off(now);
    reset_due_ = failures_++ == 0 ? now : now + back_off_.next();
    return true;
}

/// Resets would go on for ever: a module without CA Support is not cured by them.
std::optional<slot_action> slot_supervisor::judge_start_up(time_point now) {
    start_up_due_ = never;
    restarting_ = false;
    if (++futile_ >= start_ups)
        return std::nullopt;
    broke_off(now);
    if (futile_ == 2)
        reset_due_ = now;
    return slot_action::give_up;
}

std::optional<slot_action> slot_supervisor::next(time_point now) {
    if (phase_ == phase::closed || phase_ == phase::stopped)
        return std::nullopt;
    if (abandon_) {
        abandon_ = false;
        return slot_action::abandon;
    }
    if (phase_ == phase::talking && start_up_due_ <= now)
        if (const auto action = judge_start_up(now))
            return action;
    if (reset_due_ <= now && phase_ == phase::waiting && !unconfirmed_) {
        phase_ = phase::resetting;
        reset_due_ = never;
        return slot_action::reset;
    }
    if (phase_ == phase::waiting && ready_ && reset_due_ == never) {
        phase_ = phase::talking;
        initialised_ = false;
        if (futile_ < start_ups)
            start_up_due_ = now + settings_.start_up_patience;
        return slot_action::start;
    }
    if (!status_asked_ && status_due_ <= now && phase_ != phase::resetting) {
        status_asked_ = true;
        return slot_action::ask_status;
    }
    return std::nullopt;
}

time_point slot_supervisor::deadline() const {
    if (phase_ != phase::waiting && phase_ != phase::talking && phase_ != phase::failed)
        return never;
    return std::min({status_asked_ ? never : std::max(status_due_, status_rests_),
                     unconfirmed_ ? never : reset_due_, start_up_due_});
}

/// Refused resets do not lengthen it, or two modules that never become READY would keep each other
/// from a reset for ever.
bool slot_supervisor::booting(time_point now) const noexcept {
    return present_ && phase_ == phase::waiting && !ready_ && now < boot_since_ + ready_patience_;
}

slot_state slot_supervisor::state() const noexcept {
    if (!present_)
        return slot_state::empty;
    if (phase_ == phase::talking && silent_)
        return slot_state::silent;
    if (phase_ == phase::talking && initialised_)
        return slot_state::ready;
    if (phase_ == phase::talking && futile_ >= start_ups)
        return slot_state::no_ca_support;
    if (phase_ == phase::failed ||
        (settings_.attempts > 0 && unready_resets_ >= settings_.attempts && reset_due_ == never))
        return slot_state::failed;
    if (restarting_)
        return slot_state::restarting;
    return phase_ == phase::talking ? slot_state::starting : slot_state::present;
}

} // namespace cihost::policy
