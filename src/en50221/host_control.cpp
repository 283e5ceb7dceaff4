// SPDX-License-Identifier: LGPL-2.1-or-later
#include "en50221/host_control.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace cihost::en50221 {
namespace {

constexpr std::uint8_t released = 0x00;
constexpr std::size_t most_tuners = 0x7F;

} // namespace

bool host_control::receive(const apdu::object& object, time_point) {
    return receive_v1(object) || (version_ >= 2 && receive_v2(object)) ||
           (version_ >= 3 && receive_v3(object));
}

bool host_control::receive_v1(const apdu::object& object) {
    switch (object.tag) {
    case apdu::tune:
        tune(object.body);
        return true;
    case apdu::replace:
        replace(object.body);
        return true;
    case apdu::clear_replace:
        clear_replace(object.body);
        return true;
    default:
        return false;
    }
}

bool host_control::receive_v2(const apdu::object& object) {
    switch (object.tag) {
    case apdu::tune_broadcast_req:
        tune_broadcast(object.body);
        return true;
    case apdu::ask_release_reply:
        release_answered(object.body);
        return true;
    default:
        return false;
    }
}

bool host_control::receive_v3(const apdu::object& object) {
    switch (object.tag) {
    case apdu::tune_triplet_req:
        tune_triplet(object.body);
        return true;
    case apdu::tune_lcn_req: // this host has no list of logical channel numbers
        expect_reply();
        reply_to_tune(object.body.size() < 2 ? tune_status::bad_parameters
                                             : tune_status::service_not_found);
        return true;
    case apdu::tune_ip_req:
        expect_reply();
        reply_to_tune(tune_status::unsupported_delivery);
        return true;
    case apdu::tuner_status_req:
        tell_tuners();
        return true;
    default:
        return false;
    }
}

void host_control::tune(bytes_view body) {
    cursor c{body};
    host_control_tune wish{.session_nb = session_nb()};
    wish.network_id = c.u16();
    wish.original_network_id = c.u16();
    wish.transport_stream_id = c.u16();
    wish.service_id = c.u16();
    if (!c.ok())
        return complain("The module sent a malformed tune.", body);
    report(wish);
}

void host_control::replace(bytes_view body) {
    cursor c{body};
    host_control_replace wish{.session_nb = session_nb()};
    wish.reference = c.u8();
    wish.replaced_pid = c.pid();
    wish.replacement_pid = c.pid();
    if (!c.ok())
        return complain("The module sent a malformed replace.", body);
    report(wish);
}

void host_control::clear_replace(bytes_view body) {
    if (body.empty())
        return complain("The module sent a malformed clear_replace.", body);
    report(host_control_clear_replace{session_nb(), body[0]});
}

void host_control::tune_broadcast(bytes_view body) {
    expect_reply();
    cursor c{body};
    host_control_tune_broadcast wish{.session_nb = session_nb()};
    const auto flags = c.u8();
    wish.quietly = version_ >= 3 && (flags & 0x04) != 0;
    wish.service_id = c.u16();
    const auto delivery = c.take(c.length12());
    wish.delivery = {delivery.begin(), delivery.end()};
    if ((flags & 0x01) != 0)
        wish.pmt = {c.rest().begin(), c.rest().end()};
    if (!c.ok()) {
        complain("The module sent a malformed tune_broadcast_req.", body);
        return reply_to_tune(tune_status::bad_parameters);
    }
    report(std::move(wish));
}

void host_control::tune_triplet(bytes_view body) {
    expect_reply();
    cursor c{body};
    host_control_tune wish{.session_nb = session_nb(), .reply_wanted = true};
    c.skip(1); // tune_quietly and keep_app_running: there is nobody to show anything to
    wish.original_network_id = c.u16();
    wish.transport_stream_id = c.u16();
    wish.service_id = c.u16();
    if (!c.ok()) {
        complain("The module sent a malformed tune_triplet_req.", body);
        return reply_to_tune(tune_status::bad_parameters);
    }
    report(wish);
}

void host_control::reply_to_tune(tune_status status) {
    if (replies_due_ == 0)
        return;
    --replies_due_;
    send(apdu::tune_reply, std::array{static_cast<std::uint8_t>(status)});
}

void host_control::tell_tuners() {
    const auto count = std::min(delivery_descriptors_.size(), most_tuners);
    writer w;
    w.u8(static_cast<unsigned>(count)); // IP_capable_flag is 0
    for (std::size_t i = 0; i < count; ++i)
        w.u8(0x01).u8(delivery_descriptors_[i]).u8(0); // connected
    send(apdu::tuner_status_reply, w.view());
}

void host_control::ask_release(time_point now) {
    if (release_due_ != never)
        return;
    send(apdu::ask_release);
    release_due_ = now + release_patience;
}

/// A module that refuses keeps its session; what it asked for, the receiver has taken back.
void host_control::release_answered(bytes_view body) {
    if (body.empty())
        return complain("The module sent a malformed ask_release_reply.", body);
    const bool gives_way = body[0] == released;
    if (!gives_way)
        release_due_ = never;
    report(host_control_release_answered{session_nb(), gives_way});
}

void host_control::tick(time_point now) {
    if (now < release_due_)
        return;
    release_due_ = never;
    close();
}

} // namespace cihost::en50221
