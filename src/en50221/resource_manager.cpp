// SPDX-License-Identifier: LGPL-2.1-or-later
#include "en50221/resource_manager.hpp"

#include <utility>

namespace cihost::en50221 {

void resource_manager::opened(time_point) { enquire(); }

void resource_manager::enquire() {
    send(apdu::profile_enq);
    enquired_ = true;
}

bool resource_manager::receive(const apdu::object& object, time_point) {
    switch (object.tag) {
    case apdu::profile_enq: {
        writer w;
        for (const auto id : profile_)
            w.u32(id.value);
        send(apdu::profile, w.view());
        return true;
    }
    case apdu::profile:
        // Only after a profile we asked for: a module that answers profile_change by its profile
        // would keep us going round. What the module provides itself, nobody here uses.
        if (std::exchange(enquired_, false))
            send(apdu::profile_change);
        return true;
    case apdu::profile_change:
        enquire();
        return true;
    default:
        return false;
    }
}

} // namespace cihost::en50221
