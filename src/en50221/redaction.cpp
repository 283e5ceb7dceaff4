// SPDX-License-Identifier: LGPL-2.1-or-later
#include "en50221/redaction.hpp"

#include "base/cursor.hpp"
#include "en50221/apdu.hpp"
#include "en50221/spdu.hpp"
#include "en50221/tpdu.hpp"

#include <algorithm>
#include <cstddef>

namespace cihost::en50221 {

bytes without_answers(bytes_view block) {
    bytes shown{block.begin(), block.end()};
    const auto blot_out = [&](bytes_view body) {
        if (body.size() <= 1) // answ_id
            return;
        const auto begin = shown.begin() + (body.data() + 1 - block.data());
        std::fill_n(begin, body.size() - 1, static_cast<std::uint8_t>('*'));
    };
    cursor c{block};
    c.skip(1); // tcid
    while (!c.empty()) {
        const auto tpdu = tpdu::read_object(c);
        cursor session{tpdu.data};
        const auto spdu = spdu::read_object(session);
        if (spdu.tag != spdu::session_number)
            continue;
        for (cursor apdus{spdu.rest}; !apdus.empty();)
            if (const auto object = apdu::read_object(apdus); object.tag == apdu::answ)
                blot_out(object.body);
    }
    return shown;
}

} // namespace cihost::en50221
