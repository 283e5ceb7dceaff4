// SPDX-License-Identifier: LGPL-2.1-or-later
#include "en50221/application_information.hpp"

#include <cihost/en50221/application_info.hpp>

namespace cihost::en50221 {

void application_information::opened(time_point) { send(apdu::application_info_enq); }

bool application_information::receive(const apdu::object& object, time_point) {
    if (object.tag != apdu::application_info)
        return false;
    informed_ = true;
    if (auto info = parse_application_info(object.body))
        report(application_info_received{std::move(*info)});
    else
        complain("The module sent a malformed application_info.", object.body);
    return true;
}

} // namespace cihost::en50221
