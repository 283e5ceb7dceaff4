// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ts/descriptor_loop.hpp"

#include <cihost/ts/cat.hpp>

namespace cihost::ts {

result<cat> parse_cat(const section_view& section) {
    if (section.table_id() != 0x01)
        return errc::wrong_tag;
    if (!section.long_form())
        return errc::bad_value;
    cursor c{section.payload()};
    const auto loop = parse_descriptors(c, c.left());
    if (!loop)
        return loop.error();
    cat table;
    table.version = section.version();
    table.systems = ca_descriptors(*loop);
    return table;
}

} // namespace cihost::ts
