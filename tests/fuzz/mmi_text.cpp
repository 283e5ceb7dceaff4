// SPDX-License-Identifier: LGPL-2.1-or-later
/// What a module shows, in any bytes and pieces: what comes out is UTF-8. Input: [length][object
/// without 9F88]…; and the whole of it as one text.

#include "base/cursor.hpp"
#include "base/printable.hpp"
#include "base/writer.hpp"
#include "en50221/apdu.hpp"
#include "en50221/mmi_reader.hpp"
#include "fuzz/utf8.hpp"
#include "ts/dvb_text.hpp"
#include "ts/dvb_text_writer.hpp"

#include <cihost/en50221/application_info.hpp>

#include <algorithm>
#include <cstdlib>
#include <string>

using namespace cihost;
using namespace cihost::en50221;

namespace {

void require(bool condition) {
    if (!condition)
        std::abort();
}

void require_text(const std::string& text) {
    require(fuzz::is_utf8(text) && fuzz::is_utf8(printable(text)));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const bytes_view all{data, size};
    const auto text = ts::dvb_text(all);
    require_text(text);
    require(text.size() <= 3 * size);
    // what is answered is read as it was meant
    if (const auto answer = ts::to_dvb_text(text, all))
        require(ts::dvb_text(*answer) == text);
    if (const auto info = parse_application_info(all))
        require_text(info->menu_string);

    mmi_reader reader;
    cursor input{all};
    while (!input.empty()) {
        const std::size_t length = input.u8();
        const auto tag = 0x9F8800U | input.u8();
        const auto body = input.take(std::min(length, input.left()));
        (void)reader.take({tag, body});
        const auto& shown = reader.display();
        require_text(shown.title);
        require_text(shown.subtitle);
        require_text(shown.bottom);
        for (const auto& choice : shown.choices)
            require_text(choice);
    }
    return 0;
}
