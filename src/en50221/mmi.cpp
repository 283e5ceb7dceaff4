// SPDX-License-Identifier: LGPL-2.1-or-later
#include "en50221/mmi.hpp"

#include "ts/dvb_text_writer.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>

namespace cihost::en50221 {

namespace {

/// display_control_cmd, §8.6.3.
constexpr std::uint8_t set_mmi_mode = 0x01;
constexpr std::uint8_t get_display_character_tables = 0x02;
constexpr std::uint8_t get_input_character_tables = 0x03;
constexpr std::uint8_t high_level_mode = 0x01;

/// display_reply_id, §8.6.4.
constexpr std::uint8_t mmi_mode_ack = 0x01;
constexpr std::uint8_t list_display_character_tables = 0x02;
constexpr std::uint8_t list_input_character_tables = 0x03;
constexpr std::uint8_t unknown_display_control = 0xF0;
constexpr std::uint8_t unknown_mmi_mode = 0xF1;

/// What texts are read in besides the default table, by the byte that selects it; 10 is the
/// beginning of three. Answers are written in fewer.
constexpr std::uint8_t display_tables[] = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x09,
                                           0x0A, 0x0B, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15};
constexpr std::uint8_t input_tables[] = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07,
                                         0x09, 0x0A, 0x0B, 0x10, 0x11, 0x15};

constexpr std::uint8_t close_with_delay = 0x01;
/// answ_id, §8.6.5.5.
constexpr std::uint8_t answ_cancel = 0x00;
constexpr std::uint8_t answ_answer = 0x01;
/// Of UTF-8: more than any module asks for, and in no table more than an APDU of 256 bytes holds.
constexpr std::size_t most_answer = 120;
constexpr unsigned most_choice = 0xFF;

} // namespace

bool is_answer(std::string_view utf8) {
    return utf8.size() <= most_answer && ts::to_dvb_text(utf8).has_value();
}

bool mmi::receive(const apdu::object& object, time_point now) {
    if (object.tag == apdu::display_control) {
        control(object.body);
        return true;
    }
    if (object.tag == apdu::close_mmi) {
        closed_by_module(object.body, now);
        return true;
    }
    switch (reader_.take(object)) {
    case mmi_reader::outcome::unknown:
        return false;
    case mmi_reader::outcome::part:
        break;
    case mmi_reader::outcome::complete:
        show(now);
        break;
    case mmi_reader::outcome::malformed:
        complain("The module sent a menu, list or enquiry that cannot be read.", object.body);
        break;
    }
    return true;
}

void mmi::control(bytes_view body) {
    cursor c{body};
    const auto command = c.u8();
    bytes said;
    if (!c.ok()) {
        complain("The module sent an empty display_control.", body);
        said = {unknown_display_control};
    } else if (command == set_mmi_mode) {
        const auto mode = c.u8();
        said = mode == high_level_mode ? bytes{mmi_mode_ack, mode} : bytes{unknown_mmi_mode};
    } else if (command == get_display_character_tables) {
        said = {list_display_character_tables};
        said.insert(said.end(), std::begin(display_tables), std::end(display_tables));
    } else if (command == get_input_character_tables) {
        said = {list_input_character_tables};
        said.insert(said.end(), std::begin(input_tables), std::end(input_tables));
    } else { // graphics among them: there are none
        said = {unknown_display_control};
    }
    send(apdu::display_reply, said);
}

void mmi::show(time_point now) {
    // what the module had under way when it was told that this is over
    if (closed_here_)
        return;
    replies_.clear();
    reply_at_ = hide_at_ = close_at_ = never;
    shown_ = open_ = true;
    shown_at_ = now;
    report(mmi_shown{session_nb(), reader_.display()});
}

void mmi::hide() {
    open_ = false;
    hide_at_ = never;
    if (std::exchange(shown_, false))
        report(mmi_closed{session_nb()});
}

void mmi::closed_by_module(bytes_view body, time_point now) {
    cursor c{body};
    const auto how = c.u8();
    const std::chrono::seconds delay{how == close_with_delay ? c.u8() : 0};
    reader_.clear();
    replies_.clear();
    reply_at_ = never;
    open_ = false;
    if (shown_)
        hide_at_ = now + delay;
    close_at_ = (shown_ ? hide_at_ : now) + close_pause;
    tick(now);
}

mmi::answer mmi::cancellation() const {
    if (reader_.display().shape == mmi_display::form::enquiry)
        return {apdu::answ, {answ_cancel}};
    return {apdu::menu_answ, {0}};
}

void mmi::reply(std::vector<answer> with, time_point now) {
    open_ = false;
    std::move(with.begin(), with.end(), std::back_inserter(replies_));
    reply_at_ = std::max(now, shown_ ? shown_at_ + answer_pause : now);
    tick(now);
}

bool mmi::answer_menu(unsigned choice, time_point now) {
    if (!open_ || reader_.display().shape == mmi_display::form::enquiry)
        return false;
    const bool list = reader_.display().shape == mmi_display::form::list;
    const auto count = list ? 0 : reader_.display().choices.size();
    if (choice > count || choice > most_choice)
        return false;
    reply({{apdu::menu_answ, {static_cast<std::uint8_t>(choice)}}}, now);
    return true;
}

bool mmi::answer_enquiry(const std::optional<std::string>& utf8, time_point now) {
    if (!open_ || reader_.display().shape != mmi_display::form::enquiry)
        return false;
    if (!utf8) {
        reply({cancellation()}, now);
        return true;
    }
    if (!is_answer(*utf8))
        return false;
    const auto text = ts::to_dvb_text(*utf8, reader_.question()).value();
    bytes body{answ_answer};
    body.insert(body.end(), text.begin(), text.end());
    reply({{apdu::answ, std::move(body)}}, now);
    return true;
}

bool mmi::close(time_point now) {
    if (std::exchange(closed_here_, true))
        return false;
    std::vector<answer> all;
    if (open_)
        all.push_back(cancellation());
    all.push_back({apdu::close_mmi, {0}});
    reply(std::move(all), now);
    hide();
    close_at_ = std::max(now, reply_at_ == never ? now : reply_at_) + close_pause;
    return true;
}

void mmi::superseded() {
    closed_here_ = true;
    replies_.clear();
    reply_at_ = close_at_ = never;
    hide();
    resource::close();
}

bool mmi::session_ended() {
    replies_.clear();
    reply_at_ = close_at_ = never;
    if (hide_at_ == never)
        hide();
    return shown_;
}

void mmi::tick(time_point now) {
    if (now >= reply_at_) {
        reply_at_ = never;
        for (const auto& one : std::exchange(replies_, {}))
            send(one.tag, one.body);
    }
    if (now >= hide_at_)
        hide();
    if (now >= close_at_) {
        close_at_ = never;
        closed_here_ = false;
        resource::close();
    }
}

time_point mmi::deadline() const { return std::min({reply_at_, hide_at_, close_at_}); }

bool mmi::owed() const { return !open_ && reply_at_ == never; }

} // namespace cihost::en50221
