// SPDX-License-Identifier: LGPL-2.1-or-later
#include "en50221/transport.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <utility>

namespace cihost::en50221 {
namespace {

/// How long the status object may come behind its data object in a read of its own. Slots without
/// interrupt are looked at every 100 ms; a module that leaves the status out must not stop us.
constexpr std::chrono::milliseconds status_grace{250};

/// SPDUs waiting for their turn. A module that asks without taking answers ends here.
constexpr std::size_t max_queue = 256;

/// RCVs in a row while something of ours waits and an SPDU of the module's is half here.
constexpr unsigned max_receives = 8;

/// A module that an early fetch upset shows it with the exchange in hand or the next one.
constexpr unsigned suspicious_answers = 2;

} // namespace

void transport::adjust(const slot_settings& settings) {
    const auto tcid = settings_.tcid;
    settings_ = settings;
    settings_.tcid = tcid;
    poll_.adjust(settings_);
    early_.adjust(settings_);
}

void transport::start(time_point now) {
    reset(state::in_creation);
    early_.start();
    creates_left_ = std::max(settings_.create_tries, 1U);
    create(now);
}

void transport::stop(time_point now) {
    switch (state_) {
    case state::idle:
    case state::stopping:
    case state::in_deletion:
        break;
    case state::in_creation:
        end(disconnected::why::stopped);
        break;
    case state::active:
        state_ = state::stopping;
        proceed(now);
        break;
    }
}

void transport::abandon() {
    reset(state::idle);
    indications_.clear();
}

void transport::write_done(time_point now) {
    ++commands_taken_;
    for (auto& c : outstanding_)
        if (c.number == commands_taken_)
            c.taken = now;
}

void transport::write_failed() {
    switch (state_) {
    case state::idle:
        break;
    case state::in_creation:
    case state::active:
        end(disconnected::why::write_failed);
        break;
    case state::stopping:
    case state::in_deletion:
        end(disconnected::why::stopped);
        break;
    }
}

void transport::send(bytes_view spdu, time_point now) {
    if (state_ != state::active)
        return;
    if (queue_.size() < max_queue)
        queue_.emplace_back(spdu.begin(), spdu.end());
    else
        indications_.emplace_back(event{make_violation(
            "The module does not take what is sent to it; an SPDU was dropped.", spdu)});
    poll_.message_went(now);
    proceed(now);
}

void transport::set_owed(bool owed, time_point now) {
    owed_ = owed;
    update_pace(now);
    proceed(now);
}

std::optional<bytes> transport::next_write() {
    if (writes_.empty())
        return std::nullopt;
    auto block = std::move(writes_.front());
    writes_.pop_front();
    return block;
}

std::optional<transport::indication> transport::next() {
    if (indications_.empty())
        return std::nullopt;
    auto what = std::move(indications_.front());
    indications_.pop_front();
    return what;
}

time_point transport::deadline() const {
    if (state_ == state::idle)
        return never;
    if (held_)
        return time_point::min();
    if (status_missing_since_)
        return *status_missing_since_ + status_grace;
    if (outstanding_.empty())
        return poll_.next();
    const auto since = silent_since();
    const auto due = std::min(since + patience(), early_fetch_due());
    const bool stray_counts = strayed_ && !stray_excused_;
    return suspected_ && !stray_counts ? due : std::min(due, since + settings_.suspect_after);
}

/// Of two TPDUs a module may have answered one alone: then what comes next is answered, or ends in
/// silence.
duration transport::patience() const {
    return outstanding_.front().over ? settings_.dead_after / 2 : settings_.dead_after;
}

/// A TPDU that was written over another is begun with when that one is answered.
time_point transport::silent_since() const {
    const auto& first = outstanding_.front();
    return first.over ? std::max(first.written, poll_.last_answer()) : first.written;
}

void transport::tick(time_point now) {
    held_ = false;
    if (state_ == state::idle)
        return;
    if (status_missing_since_ && now - *status_missing_since_ >= status_grace)
        answered(false, now);
    if (!status_missing_since_ && !outstanding_.empty())
        watch_silence(now);
    proceed(now);
}

void transport::watch_silence(time_point now) {
    const auto silence = now - silent_since();
    if (silence >= std::min(patience(), settings_.suspect_after))
        blame_early_fetch();
    if (silence >= settings_.suspect_after && strayed_ && !stray_excused_) {
        answered(false, now);
        stray_excused_ = true;
    } else if (silence >= patience()) {
        if (!outstanding_.front().over)
            return out_of_patience(now);
        outstanding_.pop_front();
        poll_.answered(now);
    } else if (!suspected_ && silence >= settings_.suspect_after) {
        suspected_ = true;
        indications_.emplace_back(event{suspect{}});
    }
}

void transport::blame_early_fetch() noexcept {
    if (aftermath_ > 0)
        early_.give_up();
}

void transport::out_of_patience(time_point now) {
    switch (state_) {
    case state::in_creation:
        if (creates_left_ > 0)
            create(now);
        else
            end(disconnected::why::create_failed);
        break;
    case state::active:
        end(disconnected::why::silent);
        break;
    case state::idle:
    case state::stopping:
    case state::in_deletion:
        end(disconnected::why::stopped);
        break;
    }
}

void transport::proceed(time_point now) {
    if (held_ || status_missing_since_)
        return;
    if (!outstanding_.empty()) {
        if (now >= early_fetch_due())
            fetch_early(now);
    } else if (state_ == state::active) {
        proceed_active(now >= poll_.next(), now);
    } else if (state_ == state::stopping && something_to_say()) {
        say_next(now);
    } else if (state_ == state::stopping) {
        state_ = state::in_deletion;
        write(tpdu::write_object(tpdu::delete_t_c, settings_.tcid), now);
    }
}

/// In turn while both have something to say: an SPDU of the module's, one of ours. Then polls. A
/// module that never comes to the end of an SPDU does not keep us from speaking.
void transport::proceed_active(bool poll_due, time_point now) {
    const bool our_turn = receives_ >= (chain_open_ ? max_receives : 1) && something_to_say();
    if (data_available_ && !our_turn && (!broken_promise_ || poll_due)) {
        ++receives_;
        write(tpdu::write_object(tpdu::rcv, settings_.tcid), now).receive = true;
    } else if (something_to_say()) {
        receives_ = 0;
        poll_.message_went(now);
        say_next(now);
    } else if (poll_due) {
        poll(now);
    }
}

void transport::say_next(time_point now) {
    if (std::exchange(refusal_due_, false)) {
        const std::array error{tpdu::no_connection_available};
        write(tpdu::write_object(tpdu::t_c_error, settings_.tcid, error), now);
        return;
    }
    const auto most = std::clamp<std::size_t>(settings_.max_tpdu_data, 1, tpdu::max_data);
    const auto rest = bytes_view{queue_.front()}.subspan(said_);
    if (rest.size() > most) {
        write(tpdu::write_object(tpdu::data_more, settings_.tcid, rest.first(most)), now);
        said_ += most;
    } else {
        write(tpdu::write_object(tpdu::data_last, settings_.tcid, rest), now);
        queue_.pop_front();
        said_ = 0;
    }
}

/// never: nothing is gained. The answer to an empty poll is fetched early only if something waits
/// for it; that to a poll that fetched another's comes with the next. To a module that has half an
/// SPDU of ours, the empty Data_Last of a poll would be its end.
time_point transport::early_fetch_due() const {
    if (state_ != state::active || outstanding_.size() != 1 || status_missing_since_ || said_ > 0 ||
        !outstanding_.front().taken)
        return never;
    const auto& first = outstanding_.front();
    const auto due = early_.due(*first.taken);
    if (!first.poll || something_to_say() || (data_available_ && !broken_promise_))
        return due;
    if (!poll_.brisk())
        return never;
    return first.over && due != never ? std::max(due, poll_.next()) : due;
}

bool transport::counts_from_write_done() const noexcept {
    return early_.ready() && (poll_.brisk() || something_to_say() || data_available_);
}

void transport::fetch_early(time_point now) {
    aftermath_ = suspicious_answers;
    if (outstanding_.front().poll)
        proceed_active(true, now);
    else
        poll(now);
    outstanding_.back().over = true;
}

void transport::reset(state next) noexcept {
    state_ = next;
    outstanding_.clear();
    status_missing_since_.reset();
    held_ = false;
    commands_written_ = commands_taken_ = aftermath_ = 0;
    suspected_ = owed_ = strayed_ = stray_excused_ = false;
    receives_ = 0;
    data_available_ = broken_promise_ = false;
    chain_.clear();
    chain_open_ = chain_lost_ = false;
    queue_.clear();
    said_ = 0;
    refusal_due_ = false;
    writes_.clear();
}

transport::command& transport::write(bytes block, time_point now) {
    writes_.push_back(std::move(block));
    return outstanding_.emplace_back(command{.written = now, .number = ++commands_written_});
}

void transport::poll(time_point now) {
    write(tpdu::write_object(tpdu::data_last, settings_.tcid), now).poll = true;
}

void transport::create(time_point now) {
    --creates_left_;
    outstanding_.clear();
    write(tpdu::write_object(tpdu::create_t_c, settings_.tcid), now);
}

void transport::end(disconnected::why reason) {
    if (reason != disconnected::why::stopped)
        blame_early_fetch();
    reset(state::idle);
    indications_.emplace_back(event{disconnected{reason}});
}

void transport::update_pace(time_point now) noexcept {
    poll_.set_owed(owed_ || chain_open_ || broken_promise_, now);
}

} // namespace cihost::en50221
