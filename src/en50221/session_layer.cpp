// SPDX-License-Identifier: LGPL-2.1-or-later
#include "en50221/session_layer.hpp"

#include "base/hex.hpp"
#include "en50221/violation_limit.hpp"

#include <algorithm>
#include <utility>

namespace cihost::en50221 {

session_layer::session_layer(std::vector<offered_resource> offered, const slot_settings& settings)
    : offered_{std::move(offered)}
    , repeated_{settings.repeated}
    , first_number_{std::clamp<unsigned>(settings.first_session_nb, 1, 256)}
    , stride_{std::clamp<unsigned>(settings.session_nb_stride, 1, 256)} {}

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
        close_responded(session_nb, data);
        return;
    }
    case spdu::create_session_response: {
        const bool opened = body.u8() == static_cast<std::uint8_t>(spdu::open_status::opened);
        const resource_id id{body.u32()};
        const auto session_nb = body.u16();
        if (!c.ok() || !body.ok())
            break;
        create_responded(opened, id, session_nb, data);
        return;
    }
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
    if (full() || (!offer->many_sessions && find_open(wanted) != sessions_.end()))
        return spdu::open_status::busy;
    return spdu::open_status::opened;
}

session_layer::session_map::const_iterator session_layer::find_open(resource_id wanted) const {
    return std::find_if(sessions_.begin(), sessions_.end(), [&](const auto& entry) {
        return !entry.second.closing && entry.second.resource.same_resource(wanted);
    });
}

/// A module that does not answer close_session_request must not run out of sessions for it.
void session_layer::forget_unanswered_close() {
    const auto closing = std::find_if(sessions_.begin(), sessions_.end(),
                                      [](const auto& entry) { return entry.second.closing; });
    if (full() && closing != sessions_.end())
        erase(closing);
}

void session_layer::open_requested(resource_id wanted) {
    forget_unanswered_close();
    const auto* offer = find_offer(wanted);
    const auto status = judge(wanted, offer);
    const auto there = find_open(wanted);
    if (status == spdu::open_status::busy && !offer->many_sessions && there != sessions_.end() &&
        repeated_ == repeated_session::same_number) {
        const auto session_nb = there->first;
        erase(there);
        open(session_nb, offer->id);
        return;
    }
    if (status != spdu::open_status::opened) {
        // the number has no meaning in a refusal
        const auto id = offer != nullptr ? offer->id : wanted;
        spdus_.push_back(spdu::write_open_session_response(status, id, 0));
        indications_.emplace_back(
            event{session_refused{wanted, static_cast<std::uint8_t>(status)}});
        return;
    }
    open(free_number(), offer->id);
}

void session_layer::open(std::uint16_t session_nb, resource_id id) {
    sessions_.emplace(session_nb, session{id});
    spdus_.push_back(spdu::write_open_session_response(spdu::open_status::opened, id, session_nb));
    indications_.emplace_back(event{session_opened{session_nb, id}});
}

/// We never send create_session, but some modules answer it all the same, and mean that the session
/// is open.
void session_layer::create_responded(bool opened, resource_id id, std::uint16_t session_nb,
                                     bytes_view data) {
    complain("The module answered a create_session that was not made.", data);
    const auto* offer = find_offer(id);
    if (!opened || session_nb == 0 || sessions_.count(session_nb) != 0 ||
        judge(id, offer) != spdu::open_status::opened)
        return;
    sessions_.emplace(session_nb, session{offer->id});
    indications_.emplace_back(event{session_opened{session_nb, offer->id}});
}

/// Counts on rather than fill gaps: what is still under way for a closed session must not meet a
/// new one, on a new connection neither.
std::uint16_t session_layer::free_number() {
    do {
        last_number_ = last_number_ == 0 ? first_number_ : last_number_ + stride_;
        if (last_number_ > 0xFFFF)
            last_number_ = first_number_;
    } while (sessions_.count(static_cast<std::uint16_t>(last_number_)) != 0);
    return static_cast<std::uint16_t>(last_number_);
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

/// Whatever its status, F0 (not allocated) above all: to the module there is no such session.
void session_layer::close_responded(std::uint16_t session_nb, bytes_view data) {
    const auto found = sessions_.find(session_nb);
    if (found == sessions_.end() || !found->second.closing)
        complain("The module answered a close_session_request that was not made.", data);
    if (found != sessions_.end())
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

void session_layer::erase(session_map::const_iterator which) {
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
