// SPDX-License-Identifier: LGPL-2.1-or-later
#include "en50221/mmi_reader.hpp"

#include "base/cursor.hpp"
#include "ts/dvb_text.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

namespace cihost::en50221 {

namespace {

/// More than any module shows at once; a hostile one gets no more memory.
constexpr std::size_t most_parts = 65536;
/// Of answer_text_length.
constexpr unsigned not_fixed = 0xFF;

/// Modules put control codes in front of texts that select no character table.
std::string read_characters(bytes_view text) {
    const auto is_garbage = [](std::uint8_t byte) {
        return byte < 0x20 && (byte == 0x00 || byte == 0x08 || (byte >= 0x0C && byte <= 0x0F) ||
                               (byte >= 0x16 && byte != 0x1F));
    };
    const auto begin = std::ranges::find_if_not(text, is_garbage);
    return ts::dvb_text(text.subspan(static_cast<std::size_t>(begin - text.begin())));
}

/// TEXT(): text_more objects and a text_last. c.ok() is false when none begins here.
std::string read_text(cursor& c) {
    bytes chars;
    for (bool first = true;; first = false) {
        cursor ahead = c;
        const auto tag = ahead.u24();
        const auto length = read_length(ahead);
        if (!ahead.ok() || (tag != apdu::text_last && tag != apdu::text_more)) {
            if (first)
                c.fail();
            break;
        }
        const auto part = ahead.take(std::min(length, ahead.left()));
        c = ahead;
        chars.insert(chars.end(), part.begin(), part.end());
        if (tag == apdu::text_last)
            break;
    }
    return read_characters(chars);
}

} // namespace

mmi_reader::outcome mmi_reader::take(const apdu::object& object) {
    switch (object.tag) {
    case apdu::menu_more:
    case apdu::menu_last:
    case apdu::list_more:
    case apdu::list_last:
        break;
    case apdu::enq:
        return take_enquiry(object.body);
    default:
        return outcome::unknown;
    }
    const bool menu = object.tag == apdu::menu_more || object.tag == apdu::menu_last;
    const auto tag = menu ? apdu::menu_last : apdu::list_last;
    if (std::exchange(parts_tag_, tag) != tag)
        parts_.clear();
    if (parts_.size() + object.body.size() > most_parts) {
        clear();
        return outcome::malformed;
    }
    parts_.insert(parts_.end(), object.body.begin(), object.body.end());
    if (object.tag == apdu::menu_more || object.tag == apdu::list_more)
        return outcome::part;
    return read_menu(menu ? mmi_display::form::menu : mmi_display::form::list);
}

mmi_reader::outcome mmi_reader::take_enquiry(bytes_view body) {
    clear();
    cursor c{body};
    const auto flags = c.u8();
    const auto length = c.u8();
    if (!c.ok())
        return outcome::malformed;
    question_.assign(c.rest().begin(), c.rest().end());
    display_ = {.shape = mmi_display::form::enquiry, .title = read_characters(c.rest())};
    display_.blind = (flags & 1) != 0;
    display_.answer_length = length == not_fixed ? 0 : length;
    return outcome::complete;
}

mmi_reader::outcome mmi_reader::read_menu(mmi_display::form shape) {
    const auto parts = std::exchange(parts_, {});
    clear();
    cursor c{parts};
    c.skip(1); // choice_nb: FF or wrong too often
    mmi_display read{.shape = shape};
    read.title = read_text(c);
    if (!c.ok())
        return outcome::malformed;
    if (!c.empty())
        read.subtitle = read_text(c);
    if (!c.empty())
        read.bottom = read_text(c);
    while (!c.empty()) {
        auto choice = read_text(c);
        if (c.ok())
            read.choices.push_back(std::move(choice));
    }
    display_ = std::move(read);
    return outcome::complete;
}

void mmi_reader::clear() {
    parts_.clear();
    parts_tag_ = 0;
}

} // namespace cihost::en50221
