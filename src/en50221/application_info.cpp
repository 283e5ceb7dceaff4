// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/cursor.hpp"
#include "ts/dvb_text.hpp"

#include <cihost/en50221/application_info.hpp>

#include <algorithm>
#include <cstddef>

namespace cihost::en50221 {

result<application_info> parse_application_info(bytes_view body) {
    cursor c{body};
    application_info info;
    info.application_type = c.u8();
    info.manufacturer = c.u16();
    info.manufacturer_code = c.u16();
    if (!c.ok())
        return errc::truncated;
    if (c.empty()) // seen from modules without a menu
        return info;
    const std::size_t length = c.u8();
    info.menu_string = ts::dvb_text(c.take(std::min(length, c.left())));
    return info;
}

} // namespace cihost::en50221
