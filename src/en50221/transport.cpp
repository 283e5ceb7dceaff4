// SPDX-License-Identifier: LGPL-2.1-or-later
#include "en50221/transport.hpp"

#include "base/hex.hpp"

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

/// TPDUs waiting for their turn. A module that asks without taking answers ends here.
constexpr std::size_t max_queue = 256;

/// RCVs in a row while something of ours waits.
constexpr unsigned max_receives = 8;

} // namespace

void transport::start(time_point now) {
    reset(state::in_creation);
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
    while (spdu.size() > tpdu::max_data) {
        const auto part = spdu.first(tpdu::max_data);
        enqueue(tpdu::write_object(tpdu::data_more, settings_.tcid, part));
        spdu = spdu.subspan(tpdu::max_data);
    }
    enqueue(tpdu::write_object(tpdu::data_last, settings_.tcid, spdu));
    poll_.message(now);
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
    switch (missing_) {
    case missing::nothing:
        return poll_.next();
    case missing::status:
        return since_ + status_grace;
    case missing::answer:
        break;
    }
    const auto dead = since_ + settings_.dead_after;
    return suspected_ ? dead : std::min(dead, since_ + settings_.suspect_after);
}

void transport::tick(time_point now) {
    if (state_ == state::idle)
        return;
    if (missing_ == missing::status && now - since_ >= status_grace)
        answered(false, now);
    if (missing_ == missing::answer) {
        if (now - since_ >= settings_.dead_after) {
            out_of_patience(now);
        } else if (!suspected_ && now - since_ >= settings_.suspect_after) {
            suspected_ = true;
            indications_.emplace_back(event{suspect{}});
        }
    }
    proceed(now);
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

void transport::receive(bytes_view block, time_point now) {
    if (state_ == state::idle || block.empty())
        return;
    receive_block(block, now);
    if (auto last = violations_.end())
        indications_.emplace_back(event{std::move(*last)});
}

void transport::receive_block(bytes_view block, time_point now) {
    cursor objects{block};
    if (objects.u8() != settings_.tcid) {
        // no answer to us: bytes of an earlier opener, or of a connection we never made
        complain("The module spoke on a transport connection that is not open.", block);
        return;
    }
    switch (state_) {
    case state::idle:
        break;
    case state::in_creation:
        receive_reply(objects, tpdu::c_t_c_reply, now);
        break;
    case state::in_deletion:
        receive_reply(objects, tpdu::d_t_c_reply, now);
        break;
    case state::active:
    case state::stopping:
        receive_answer(objects, now);
        break;
    }
    proceed(now);
}

/// Whatever stands in front of the reply was meant for an earlier opener of the device.
void transport::receive_reply(cursor objects, std::uint8_t tag, time_point now) {
    while (!objects.empty()) {
        const auto object = tpdu::read_object(objects);
        if (!objects.ok() || object.tag != tag || object.tcid != settings_.tcid)
            continue;
        if (tag == tpdu::d_t_c_reply) {
            end(disconnected::why::stopped);
            return;
        }
        state_ = state::active;
        missing_ = missing::status;
        poll_.reset(now);
        indications_.emplace_back(event{connected{}});
        if (objects.empty())
            since_ = now; // its SB comes in a read of its own
        else
            receive_answer(objects, now);
        return;
    }
}

void transport::receive_answer(cursor objects, time_point now) {
    answer_parts parts;
    if (objects.empty())
        parts.malformed = true;
    for (bool first = true; !objects.empty(); first = false) {
        const auto rest = objects.rest();
        const auto object = tpdu::read_object(objects);
        if (!objects.ok() || object.tcid != settings_.tcid) {
            complain("The module sent a malformed TPDU.", rest);
            parts.malformed = true;
        } else if (object.tag == tpdu::c_t_c_reply && first) {
            // To a Create_T_C repeated too early. Its SB answers that, not what is outstanding.
            return;
        } else {
            receive_object(object, parts, now);
        }
        if (state_ == state::idle)
            return;
    }
    conclude(parts, now);
}

void transport::receive_object(const tpdu::object& object, answer_parts& parts, time_point now) {
    switch (object.tag) {
    case tpdu::sb:
        if (object.data.empty()) {
            complain("The module sent a status without value.", object.data);
            parts.malformed = true;
        } else {
            parts.data_available = (object.data[0] & tpdu::sb_data_available) != 0;
        }
        break;
    case tpdu::data_last:
    case tpdu::data_more:
        receive_data(object, now);
        break;
    case tpdu::delete_t_c: {
        const bool ours = state_ == state::stopping;
        end(ours ? disconnected::why::stopped : disconnected::why::deleted_by_module);
        writes_.push_back(tpdu::write_object(tpdu::d_t_c_reply, settings_.tcid));
        break;
    }
    case tpdu::request_t_c: {
        // one connection is what modules use; the refusal is sent once however often it is asked
        const std::array error{tpdu::no_connection_available};
        auto refusal = tpdu::write_object(tpdu::t_c_error, settings_.tcid, error);
        if (queue_.empty() || queue_.front() != refusal)
            queue_.push_front(std::move(refusal));
        break;
    }
    default:
        complain("The module sent a TPDU with the unexpected tag " + to_hex({&object.tag, 1}) + ".",
                 object.data);
    }
}

void transport::receive_data(const tpdu::object& object, time_point now) {
    if (!object.data.empty()) {
        receiving_ = false;
        poll_.message(now);
    }
    if (chain_.size() + object.data.size() > settings_.max_spdu_size && !chain_too_large_) {
        complain("The module sent an SPDU that is too long.", chain_);
        chain_too_large_ = true;
        chain_.clear();
    }
    if (!chain_too_large_)
        chain_.insert(chain_.end(), object.data.begin(), object.data.end());
    chain_open_ = object.tag == tpdu::data_more;
    if (chain_open_)
        return;
    if (!chain_.empty())
        indications_.emplace_back(std::exchange(chain_, {}));
    chain_too_large_ = false;
}

/// A whole answer ends with its status. A malformed one may have lost it: waiting would be for
/// ever.
void transport::conclude(const answer_parts& parts, time_point now) {
    if (parts.data_available || parts.malformed) {
        answered(parts.data_available.value_or(false), now);
    } else {
        missing_ = missing::status;
        since_ = now;
    }
}

void transport::answered(bool data_available, time_point now) {
    missing_ = missing::nothing;
    if (std::exchange(suspected_, false))
        indications_.emplace_back(event{responsive{}});
    data_available_ = data_available;
    broken_promise_ = std::exchange(receiving_, false) && data_available;
    poll_.answered(now);
    update_pace(now);
}

void transport::proceed(time_point now) {
    if (missing_ != missing::nothing)
        return;
    if (state_ == state::active) {
        proceed_active(now);
    } else if (state_ == state::stopping && !queue_.empty()) {
        write(std::move(queue_.front()), now);
        queue_.pop_front();
    } else if (state_ == state::stopping) {
        state_ = state::in_deletion;
        write(tpdu::write_object(tpdu::delete_t_c, settings_.tcid), now);
    }
}

/// The module's data first, then our own, then polls. A module that always has more does not keep
/// us from speaking.
void transport::proceed_active(time_point now) {
    const bool poll_due = now >= poll_.next();
    const bool our_turn = receives_ >= max_receives && !queue_.empty();
    if (data_available_ && !our_turn && (!broken_promise_ || poll_due)) {
        ++receives_;
        if (broken_promise_)
            poll_.polled();
        receiving_ = true;
        write(tpdu::write_object(tpdu::rcv, settings_.tcid), now);
    } else if (!queue_.empty()) {
        receives_ = 0;
        write(std::move(queue_.front()), now);
        queue_.pop_front();
    } else if (poll_due) {
        receives_ = 0;
        poll_.polled();
        write(tpdu::write_object(tpdu::data_last, settings_.tcid), now);
    }
}

void transport::reset(state next) noexcept {
    state_ = next;
    missing_ = missing::nothing;
    suspected_ = owed_ = false;
    receives_ = 0;
    data_available_ = receiving_ = broken_promise_ = false;
    chain_.clear();
    chain_open_ = chain_too_large_ = false;
    queue_.clear();
    writes_.clear();
}

void transport::write(bytes block, time_point now) {
    writes_.push_back(std::move(block));
    missing_ = missing::answer;
    since_ = now;
}

void transport::create(time_point now) {
    --creates_left_;
    write(tpdu::write_object(tpdu::create_t_c, settings_.tcid), now);
}

void transport::end(disconnected::why reason) {
    reset(state::idle);
    indications_.emplace_back(event{disconnected{reason}});
}

void transport::update_pace(time_point now) noexcept {
    poll_.set_owed(owed_ || chain_open_ || broken_promise_, now);
}

void transport::enqueue(bytes block) {
    if (queue_.size() < max_queue)
        queue_.push_back(std::move(block));
    else
        indications_.emplace_back(event{make_violation(
            "The module does not take what is sent to it; a TPDU was dropped.", block)});
}

void transport::complain(std::string what, bytes_view data) {
    if (auto told = violations_.pass(make_violation(std::move(what), data)))
        indications_.emplace_back(event{std::move(*told)});
}

} // namespace cihost::en50221
