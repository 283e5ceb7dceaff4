// SPDX-License-Identifier: LGPL-2.1-or-later
#include "en50221/mmi.hpp"

#include "base/cursor.hpp"
#include "en50221/apdu.hpp"
#include "ts/dvb_text.hpp"

#include <cstddef>
#include <utility>

namespace cihost::en50221 {

namespace {

/// More than any module shows at once; a hostile one gets no more memory.
constexpr std::size_t most_parts = 65536;
/// A list whose module does not say how many lines it has.
constexpr unsigned unsaid = 0xFF;

/// TEXT(): text_more objects and a text_last. c.ok() is false when it is none.
std::string read_text(cursor& c) {
    bytes chars;
    for (;;) {
        const auto tag = c.u24();
        const auto part = c.take(read_length(c));
        if (!c.ok() || (tag != apdu::text_last && tag != apdu::text_more)) {
            c.fail();
            return {};
        }
        chars.insert(chars.end(), part.begin(), part.end());
        if (tag == apdu::text_last)
            return ts::dvb_text(chars);
    }
}

} // namespace

bool mmi_reader::take(bytes_view apdu) {
    cursor c{apdu};
    const auto object = apdu::read_object(c);
    if (!c.ok())
        return false;
    switch (object.tag) {
    case apdu::menu_more:
    case apdu::menu_last:
    case apdu::list_more:
    case apdu::list_last:
        break;
    case apdu::enq: {
        cursor body{object.body};
        body.skip(2); // blind_answer, answer_text_length
        if (!body.ok())
            return false;
        clear();
        shown_ = {.shape = mmi_display::form::enquiry, .title = ts::dvb_text(body.rest())};
        return true;
    }
    case apdu::close_mmi: {
        const bool was_shown = shown_.has_value();
        clear();
        return was_shown;
    }
    default:
        return false;
    }
    const bool menu = object.tag == apdu::menu_more || object.tag == apdu::menu_last;
    const auto tag = menu ? apdu::menu_last : apdu::list_last;
    if (std::exchange(parts_tag_, tag) != tag || parts_.size() + object.body.size() > most_parts)
        parts_.clear();
    parts_.insert(parts_.end(), object.body.begin(), object.body.end());
    if (object.tag == apdu::menu_more || object.tag == apdu::list_more)
        return false;
    return take_menu(menu ? mmi_display::form::menu : mmi_display::form::list);
}

bool mmi_reader::take_menu(mmi_display::form shape) {
    const auto parts = std::exchange(parts_, {});
    cursor c{parts};
    const auto count = c.u8();
    mmi_display read{.shape = shape};
    read.title = read_text(c);
    read.subtitle = read_text(c);
    read.bottom = read_text(c);
    while (!c.empty() && (count == unsaid || read.choices.size() < count))
        read.choices.push_back(read_text(c));
    if (!c.ok())
        return false;
    shown_ = std::move(read);
    return true;
}

void mmi_reader::clear() {
    shown_.reset();
    parts_.clear();
    parts_tag_ = 0;
}

} // namespace cihost::en50221
