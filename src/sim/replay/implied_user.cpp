// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/replay/implied_user.hpp"

#include "base/cursor.hpp"
#include "en50221/apdu.hpp"
#include "en50221/spdu.hpp"
#include "sim/replay/spoken.hpp"
#include "ts/dvb_text.hpp"

#include <optional>
#include <string>
#include <variant>

namespace cihost::sim {

namespace {

using namespace en50221;

/// answ_id, EN 50221 §8.6.5.5.
constexpr std::uint8_t answ_answer = 0x01;

bool answer_enquiry(slot& host, std::uint16_t session_nb, bytes_view body, time_point now) {
    cursor c{body};
    std::optional<std::string> text;
    if (c.u8() == answ_answer)
        text = ts::dvb_text(c.rest());
    return host.answer_enquiry(session_nb, text, now);
}

} // namespace

void implied_user::take(const event& told) {
    if (const auto* opened = std::get_if<session_opened>(&told)) {
        if (opened->resource.same_resource(mmi_v1))
            dialogues_.insert(opened->session_nb);
    } else if (const auto* closed = std::get_if<session_closed>(&told)) {
        dialogues_.erase(closed->session_nb);
    }
}

bool implied_user::repeat(const recorded_message& message, slot& host, time_point now) {
    const auto session_nb = session_number_of(message.data);
    cursor c{message.data};
    const auto spdu = spdu::read_object(c);
    if (spdu.tag == spdu::close_session_request) {
        // the host does so by itself behind a close_mmi; a recorded one may have left that out
        host.close_mmi(session_nb, now);
        return dialogues_.contains(session_nb);
    }
    cursor apdus{spdu.rest};
    const auto object = apdu::read_object(apdus);
    if (spdu.tag != spdu::session_number || !apdus.ok())
        return false;
    switch (object.tag) {
    case apdu::enter_menu:
        return host.enter_menu(now);
    case apdu::menu_answ:
        return host.answer_menu(session_nb, cursor{object.body}.u8(), now);
    case apdu::answ:
        return answer_enquiry(host, session_nb, object.body, now);
    case apdu::close_mmi:
        return host.close_mmi(session_nb, now);
    default:
        return false;
    }
}

} // namespace cihost::sim
