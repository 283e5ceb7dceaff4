// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/cam/module_sessions.hpp"

#include "base/cursor.hpp"
#include "base/writer.hpp"
#include "sim/cam/object_coding.hpp"

#include <algorithm>
#include <utility>

namespace cihost::sim {
namespace {

// SPDU tags, EN 50221 §7.2.7
constexpr std::uint8_t tag_session_number = 0x90;
constexpr std::uint8_t tag_open_session_request = 0x91;
constexpr std::uint8_t tag_open_session_response = 0x92;
constexpr std::uint8_t tag_create_session = 0x93;
constexpr std::uint8_t tag_create_session_response = 0x94;
constexpr std::uint8_t tag_close_session_request = 0x95;
constexpr std::uint8_t tag_close_session_response = 0x96;

constexpr std::uint8_t status_ok = 0x00;
/// "resource does not exist", and for a close "session_nb not allocated".
constexpr std::uint8_t status_none = 0xF0;

/// Version apart, EN 50221 §8.8.1.
bool same_resource(std::uint32_t a, std::uint32_t b) { return a >> 6 == b >> 6; }

} // namespace

void module_sessions::reset() noexcept {
    open_.clear();
    lost_.clear();
    requested_.reset();
    to_request_.clear();
}

void module_sessions::open(std::uint32_t resource, time_point now) {
    if (requested_)
        to_request_.push_back(resource);
    else
        request(resource, now);
}

void module_sessions::request(std::uint32_t resource, time_point now) {
    requested_ = resource;
    writer out;
    out.u8(tag_open_session_request).u8(4).u32(resource);
    transport_.send(out.take(), now);
}

bool module_sessions::is_open(std::uint32_t resource) const noexcept {
    return std::any_of(open_.begin(), open_.end(),
                       [&](const auto& entry) { return entry.second == resource; });
}

std::size_t module_sessions::count(std::uint32_t resource) const noexcept {
    return static_cast<std::size_t>(std::count_if(
        open_.begin(), open_.end(), [&](const auto& entry) { return entry.second == resource; }));
}

void module_sessions::close(std::uint16_t session, time_point now) {
    lose(session);
    writer out;
    out.u8(tag_close_session_request).u8(2).u16(session);
    transport_.send(out.take(), now);
}

void module_sessions::lose(std::uint16_t session) {
    if (open_.erase(session) > 0)
        lost_.insert(session);
}

void module_sessions::send(std::uint16_t session, std::uint32_t tag, bytes_view body,
                           time_point now) {
    constexpr std::size_t too_small = 2;
    const bool is_short = body.size() > too_small && faults_.has(cam_fault::short_apdu, now);
    writer out;
    out.u8(tag_session_number).u8(2).u16(session).u24(tag);
    write_length(out, body.size() - (is_short ? too_small : 0));
    out.raw(body);
    transport_.send(out.take(), now);
}

std::vector<session_event> module_sessions::receive(bytes_view spdu, time_point now) {
    cursor in{spdu};
    const auto tag = in.u8();
    const auto body = read_body(in);
    if (!body || (tag != tag_session_number && !in.empty())) {
        log_.violation(now, "malformed SPDU", {{"tag", hex_digits(tag, 2)}});
        return {};
    }
    switch (tag) {
    case tag_session_number:
        return objects(*body, in.rest(), now);
    case tag_open_session_response:
        return opened(*body, now);
    case tag_close_session_request:
        return close_requested(*body, now);
    case tag_close_session_response:
        closed(*body, now);
        return {};
    case tag_create_session:
        refuse_creation(*body, now);
        return {};
    default:
        log_.violation(now, "unexpected SPDU", {{"tag", hex_digits(tag, 2)}});
        return {};
    }
}

std::vector<session_event> module_sessions::opened(bytes_view body, time_point now) {
    cursor in{body};
    const auto status = in.u8();
    const auto resource = in.u32();
    const auto session = in.u16();
    if (!in.ok() || !in.empty()) {
        log_.violation(now, "malformed open_session_response");
        return {};
    }
    if (!requested_ || !same_resource(*requested_, resource)) {
        log_.violation(now, "open_session_response nobody asked for",
                       {{"resource", hex_digits(resource, 8)}});
        return {};
    }
    const auto wanted = *std::exchange(requested_, std::nullopt);
    if (!to_request_.empty()) {
        request(to_request_.front(), now);
        to_request_.pop_front();
    }
    lost_.erase(session);
    if (status != status_ok) {
        log_.write(now, "session_refused",
                   {{"resource", hex_digits(wanted, 8)}, {"status", hex_digits(status, 2)}});
        return {{.what = session_event::kind::refused, .resource = wanted}};
    }
    if (session == 0 || !open_.emplace(session, wanted).second) {
        log_.violation(now, "session number reserved or in use", {{"session", session}});
        return {{.what = session_event::kind::refused, .resource = wanted}};
    }
    log_.write(now, "session_opened",
               {{"resource", hex_digits(resource, 8)}, {"session", session}});
    return {{.what = session_event::kind::opened, .resource = wanted, .session = session}};
}

std::vector<session_event> module_sessions::objects(bytes_view body, bytes_view apdus,
                                                    time_point now) {
    cursor number{body};
    const auto session = number.u16();
    if (!number.ok() || !number.empty() || apdus.empty()) {
        log_.violation(now, "malformed session_number");
        return {};
    }
    if (lost_.contains(session))
        return {};
    const auto entry = open_.find(session);
    if (entry == open_.end()) {
        log_.violation(now, "no such session", {{"session", session}});
        return {};
    }
    std::vector<session_event> events;
    for (cursor in{apdus}; !in.empty();) {
        const auto tag = in.u24();
        const auto object = read_body(in);
        if (!object) {
            log_.violation(now, "malformed APDU", {{"session", session}});
            break;
        }
        events.push_back({.what = session_event::kind::object,
                          .resource = entry->second,
                          .session = session,
                          .tag = tag,
                          .body = *object});
    }
    return events;
}

std::vector<session_event> module_sessions::close_requested(bytes_view body, time_point now) {
    cursor in{body};
    const auto session = in.u16();
    if (!in.ok() || !in.empty()) {
        log_.violation(now, "malformed close_session_request");
        return {};
    }
    const auto entry = open_.find(session);
    const bool known = entry != open_.end();
    const bool lost = lost_.erase(session) > 0;
    writer out;
    out.u8(tag_close_session_response).u8(3).u8(known ? status_ok : status_none).u16(session);
    transport_.send(out.take(), now);
    if (!known) {
        if (!lost)
            log_.violation(now, "no such session", {{"session", session}});
        return {};
    }
    const auto resource = entry->second;
    open_.erase(entry);
    log_.write(now, "session_closed",
               {{"resource", hex_digits(resource, 8)}, {"session", session}});
    return {{.what = session_event::kind::closed, .resource = resource, .session = session}};
}

void module_sessions::closed(bytes_view body, time_point now) {
    cursor in{body};
    in.u8(); // either way it is closed
    const auto session = in.u16();
    if (!in.ok() || !in.empty() || lost_.erase(session) == 0)
        log_.violation(now, "close_session_response nobody asked for");
}

void module_sessions::refuse_creation(bytes_view body, time_point now) {
    cursor in{body};
    const auto resource = in.u32();
    const auto session = in.u16();
    if (!in.ok() || !in.empty()) {
        log_.violation(now, "malformed create_session");
        return;
    }
    // the CAM's profile is empty
    log_.violation(now, "create_session for a resource the module does not provide",
                   {{"resource", hex_digits(resource, 8)}});
    writer out;
    out.u8(tag_create_session_response).u8(7).u8(status_none).u32(resource).u16(session);
    transport_.send(out.take(), now);
}

} // namespace cihost::sim
