// SPDX-License-Identifier: LGPL-2.1-or-later
#include "en50221/date_time.hpp"

#include <cihost/ts/time_table.hpp>

namespace cihost::en50221 {

bool date_time::receive(const apdu::object& object, time_point now) {
    if (object.tag != apdu::date_time_enq)
        return false;
    interval_ = std::chrono::seconds{object.body.empty() ? 0 : object.body[0]};
    due_ = now;
    tick(now);
    return true;
}

/// As long as nobody told the time there is none to give; the answer follows when it is known.
time_point date_time::deadline() const { return clock_.known() ? due_ : never; }

void date_time::tick(time_point now) {
    if (now < deadline())
        return;
    writer w;
    w.u40(ts::to_mjd_bcd(clock_.at(now)));
    w.u16(static_cast<std::uint16_t>(clock_.local_offset.count())); // two's complement
    send(apdu::date_time, w.view());
    due_ = interval_.count() > 0 ? now + interval_ : never;
}

} // namespace cihost::en50221
