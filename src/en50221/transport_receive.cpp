// SPDX-License-Identifier: LGPL-2.1-or-later

/// What the module sends: blocks, their objects, and when an answer is whole.

#include "base/hex.hpp"
#include "en50221/transport.hpp"

#include <optional>
#include <string>
#include <utility>

namespace cihost::en50221 {

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
        strayed_ = !outstanding_.empty() && (state_ == state::active || state_ == state::stopping);
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
        if (!objects.ok() || object.tcid != settings_.tcid)
            continue;
        if (state_ == state::in_deletion && object.tag == tpdu::delete_t_c) {
            deleted_by_module(); // both at once
            return;
        }
        if (object.tag != tag)
            continue;
        if (tag == tpdu::d_t_c_reply) {
            end(disconnected::why::stopped);
            return;
        }
        state_ = state::active;
        poll_.reset(now);
        indications_.emplace_back(event{connected{}});
        if (objects.empty())
            status_missing_since_ = now; // its SB comes in a read of its own
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
            if (!objects.ok())
                lose_part(object.tag);
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
            if (parts.data_available && outstanding_.size() > 1)
                answered(*parts.data_available, now); // two answers in one block
            parts.data_available = (object.data[0] & tpdu::sb_data_available) != 0;
        }
        break;
    case tpdu::data_last:
    case tpdu::data_more:
        receive_data(object, now);
        break;
    case tpdu::delete_t_c:
        deleted_by_module();
        break;
    case tpdu::request_t_c:
        // one connection is what modules use; the refusal is sent once however often it is asked
        refusal_due_ = true;
        break;
    default:
        complain("The module sent a TPDU with the unexpected tag " + to_hex({&object.tag, 1}) + ".",
                 object.data);
    }
}

void transport::deleted_by_module() {
    const bool ours = state_ != state::active;
    end(ours ? disconnected::why::stopped : disconnected::why::deleted_by_module);
    writes_.push_back(tpdu::write_object(tpdu::d_t_c_reply, settings_.tcid));
}

/// What could not be read of an SPDU takes the rest of it along: joined without it, the parts would
/// be something that the module never said.
void transport::lose_part(std::uint8_t tag) noexcept {
    if (tag != tpdu::data_more && tag != tpdu::data_last)
        return;
    chain_.clear();
    chain_open_ = chain_lost_ = tag == tpdu::data_more;
}

void transport::receive_data(const tpdu::object& object, time_point now) {
    if (!object.data.empty() || chain_open_) {
        if (!outstanding_.empty())
            outstanding_.front().receive = false;
        poll_.message_came(now);
    }
    if (chain_.size() + object.data.size() > settings_.max_spdu_size && !chain_lost_) {
        complain("The module sent an SPDU that is too long.", chain_);
        chain_lost_ = true;
        chain_.clear();
    }
    if (!chain_lost_)
        chain_.insert(chain_.end(), object.data.begin(), object.data.end());
    chain_open_ = object.tag == tpdu::data_more;
    if (chain_open_)
        return;
    if (!chain_.empty())
        indications_.emplace_back(std::exchange(chain_, {}));
    chain_lost_ = false;
}

/// A whole answer ends with its status. A malformed one may have lost it: waiting would be for
/// ever.
void transport::conclude(const answer_parts& parts, time_point now) {
    stray_excused_ = false;
    if (parts.malformed)
        blame_early_fetch();
    if (parts.data_available || parts.malformed)
        answered(parts.data_available.value_or(false), now);
    else
        status_missing_since_ = now;
}

void transport::answered(bool data_available, time_point now) {
    status_missing_since_.reset();
    strayed_ = false;
    bool receiving = false;
    if (!outstanding_.empty()) {
        const auto answered = outstanding_.front();
        outstanding_.pop_front();
        receiving = answered.receive;
        std::optional<time_point> over;
        if (!outstanding_.empty()) {
            auto& next = outstanding_.front();
            over = next.written;
            if (next.taken)
                next.taken = now; // the module begins with it now
        } else if (aftermath_ > 0) {
            --aftermath_;
        }
        early_.answered(answered.written, over, now);
    }
    if (std::exchange(suspected_, false))
        indications_.emplace_back(event{responsive{}});
    data_available_ = data_available;
    broken_promise_ = receiving && data_available;
    poll_.answered(now);
    update_pace(now);
}

void transport::complain(std::string what, bytes_view data) {
    if (auto told = violations_.pass(make_violation(std::move(what), data)))
        indications_.emplace_back(event{std::move(*told)});
}

} // namespace cihost::en50221
