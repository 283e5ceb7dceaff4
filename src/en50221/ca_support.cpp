// SPDX-License-Identifier: LGPL-2.1-or-later
#include "en50221/ca_support.hpp"

#include <cihost/en50221/ca_pmt_reply.hpp>

#include <utility>

namespace cihost::en50221 {

void ca_support::opened(time_point) { send(apdu::ca_info_enq); }

void ca_support::send_ca_pmt(const ca_pmt& value) {
    send(apdu::ca_pmt, serialize(value));
    if (value.command == ca_pmt_command::query)
        queried_ = true;
}

bool ca_support::receive(const apdu::object& object, time_point) {
    switch (object.tag) {
    case apdu::ca_info:
        receive_ca_info(object.body);
        return true;
    case apdu::ca_pmt_reply:
        receive_ca_pmt_reply(object.body);
        return true;
    case apdu::ca_update:
        return true;
    default:
        return false;
    }
}

void ca_support::receive_ca_info(bytes_view body) {
    ca_info_received info{session_nb(), {}};
    for (cursor c{body}; c.left() >= 2;) // half an id at the end says nothing
        info.ca_system_ids.push_back(c.u16());
    listed_ = !info.ca_system_ids.empty(); // modules give an empty list until the card is read
    report(std::move(info));
}

void ca_support::receive_ca_pmt_reply(bytes_view body) {
    queried_ = false;
    if (auto reply = parse_ca_pmt_reply(body))
        report(ca_pmt_reply_received{session_nb(), std::move(*reply)});
    else
        complain("The module sent a malformed ca_pmt_reply.", body);
}

} // namespace cihost::en50221
