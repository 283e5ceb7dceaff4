// SPDX-License-Identifier: LGPL-2.1-or-later
#include "en50221/session_layer.hpp"

#include "base/hex.hpp"
#include "en50221/violation_limit.hpp"

#include <algorithm>
#include <utility>

namespace cihost::en50221 {

void session_layer::receive(bytes_view data) {
    cursor c{data};
    const auto object = spdu::read_object(c);
    cursor body{object.body};
    switch (object.tag) {
    case spdu::session_number: {
        const auto session_nb = body.u16();
        if (!c.ok() || !body.ok())
            break;
        const auto found = sessions_.find(session_nb);
        if (found == sessions_.end())
            complain("The module spoke in a session that is not open.", data);
        else if (!found->second.closing && !object.rest.empty())
            indications_.emplace_back(apdus{session_nb, {object.rest.begin(), object.rest.end()}});
        return;
    }
    case spdu::open_session_request: {
        const resource_id wanted{body.u32()};
        if (!c.ok() || !body.ok())
            break;
        open_requested(wanted);
        return;
    }
    case spdu::close_session_request: {
        const auto session_nb = body.u16();
        if (!c.ok() || !body.ok())
            break;
        close_requested(session_nb);
        return;
    }
    case spdu::close_session_response: {
        body.skip(1); // F0, not allocated, frees the number just as well
        const auto session_nb = body.u16();
        if (!c.ok() || !body.ok())
            break;
        const auto found = sessions_.find(session_nb);
        if (found != sessions_.end() && found->second.closing)
            erase(found);
        else
            complain("The module answered a close_session_request that was not made.", data);
        return;
    }
    case spdu::create_session_response:
        complain("The module answered a create_session that was not made.", data);
        return;
    default:
        complain("The module sent an SPDU with the unexpected tag " + to_hex({&object.tag, 1}) +
                     ".",
                 data);
        return;
    }
    complain("The module sent a malformed SPDU.", data);
}

const offered_resource* session_layer::find_offer(resource_id wanted) const {
    const offered_resource* best = nullptr;
    for (const auto& offer : offered_) {
        if (offer.id == wanted)
            return &offer;
        if (offer.id.same_resource(wanted) &&
            (best == nullptr || offer.id.version() > best->id.version()))
            best = &offer;
    }
    return best;
}

spdu::open_status session_layer::judge(resource_id wanted, const offered_resource* offer) const {
    if (offer == nullptr)
        return spdu::open_status::no_such_resource;
    if (wanted.version() > offer->id.version())
        return spdu::open_status::version_too_low;
    const bool in_use = std::any_of(sessions_.begin(), sessions_.end(), [&](const auto& entry) {
        return !entry.second.closing && entry.second.resource.same_resource(wanted);
    });
    if (in_use && !offer->many_sessions)
        return spdu::open_status::busy;
    if (sessions_.size() >= max_sessions)
        return spdu::open_status::unavailable;
    return spdu::open_status::opened;
}

void session_layer::open_requested(resource_id wanted) {
    const auto* offer = find_offer(wanted);
    const auto status = judge(wanted, offer);
    if (status != spdu::open_status::opened) {
        // the number has no meaning in a refusal
        const auto id = offer != nullptr ? offer->id : wanted;
        spdus_.push_back(spdu::write_open_session_response(status, id, 0));
        indications_.emplace_back(
            event{session_refused{wanted, static_cast<std::uint8_t>(status)}});
        return;
    }
    const auto session_nb = free_number();
    sessions_.emplace(session_nb, session{offer->id});
    spdus_.push_back(spdu::write_open_session_response(status, offer->id, session_nb));
    indications_.emplace_back(event{session_opened{session_nb, offer->id}});
}

/// Counts on rather than fill gaps: what is still under way for a closed session must not meet a
/// new one, on a new connection neither.
std::uint16_t session_layer::free_number() {
    do {
        ++last_number_;
    } while (last_number_ == 0 || sessions_.count(last_number_) != 0);
    return last_number_;
}

void session_layer::close_requested(std::uint16_t session_nb) {
    const auto found = sessions_.find(session_nb);
    if (found == sessions_.end()) {
        spdus_.push_back(
            spdu::write_close_session_response(spdu::close_status::not_allocated, session_nb));
        return;
    }
    spdus_.push_back(spdu::write_close_session_response(spdu::close_status::closed, session_nb));
    erase(found);
}

void session_layer::send(std::uint16_t session_nb, bytes_view data) {
    const auto found = sessions_.find(session_nb);
    if (found != sessions_.end() && !found->second.closing)
        spdus_.push_back(spdu::write_session_number(session_nb, data));
}

void session_layer::close(std::uint16_t session_nb) {
    const auto found = sessions_.find(session_nb);
    if (found == sessions_.end() || std::exchange(found->second.closing, true))
        return;
    spdus_.push_back(spdu::write_close_session_request(session_nb));
}

void session_layer::erase(std::map<std::uint16_t, session>::iterator which) {
    indications_.emplace_back(event{session_closed{which->first, which->second.resource}});
    sessions_.erase(which);
}

void session_layer::disconnected() {
    while (!sessions_.empty())
        erase(sessions_.begin());
    spdus_.clear();
}

void session_layer::abandon() {
    sessions_.clear();
    spdus_.clear();
    indications_.clear();
}

std::optional<bytes> session_layer::next_spdu() {
    if (spdus_.empty())
        return std::nullopt;
    auto data = std::move(spdus_.front());
    spdus_.pop_front();
    return data;
}

std::optional<session_layer::indication> session_layer::next() {
    if (indications_.empty())
        return std::nullopt;
    auto what = std::move(indications_.front());
    indications_.pop_front();
    return what;
}

void session_layer::complain(std::string what, bytes_view data) {
    indications_.emplace_back(event{make_violation(std::move(what), data)});
}

} // namespace cihost::en50221
