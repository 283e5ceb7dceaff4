// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ts/descriptor_loop.hpp"

namespace cihost::ts {

result<descriptor_list> parse_descriptors(cursor& c, std::size_t length) {
    cursor loop{c.take(length)};
    if (!c.ok())
        return errc::truncated;
    descriptor_list list;
    while (!loop.empty()) {
        const auto tag = loop.u8();
        const auto body = loop.take(loop.u8());
        if (!loop.ok())
            return errc::bad_length;
        list.push_back({tag, bytes(body.begin(), body.end())});
    }
    return list;
}

} // namespace cihost::ts
