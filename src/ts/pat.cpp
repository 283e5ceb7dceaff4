// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/cursor.hpp"

#include <cihost/ts/pat.hpp>

namespace cihost::ts {

result<pat> parse_pat(const section_view& section) {
    if (section.table_id() != 0x00)
        return errc::wrong_tag;
    if (!section.long_form())
        return errc::bad_value;
    pat table;
    table.transport_stream_id = section.table_id_extension();
    table.version = section.version();
    cursor c{section.payload()};
    while (!c.empty()) {
        const auto program_number = c.u16();
        const auto pid = c.pid();
        if (!c.ok())
            return errc::truncated;
        if (program_number != 0)
            table.programs.push_back({program_number, pid});
    }
    return table;
}

} // namespace cihost::ts
