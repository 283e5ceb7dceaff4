// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/replay/spoken.hpp"

#include "base/hex.hpp"
#include "en50221/apdu.hpp"
#include "en50221/spdu.hpp"
#include "en50221/tpdu.hpp"

#include <array>
#include <cstdio>

namespace cihost::sim {

namespace {

using namespace en50221;

struct named {
    std::uint32_t value;
    const char* name;
};

constexpr named apdu_names[] = {
    {apdu::profile_enq, "profile_enq"},       {apdu::profile, "profile"},
    {apdu::profile_change, "profile_change"}, {apdu::application_info_enq, "application_info_enq"},
    {apdu::enter_menu, "enter_menu"},         {apdu::data_rate_info, "data_rate_info"},
    {apdu::ca_info_enq, "ca_info_enq"},       {apdu::ca_pmt, "CA_PMT"},
    {apdu::ask_release, "ask_release"},       {apdu::tune_reply, "tune_reply"},
    {apdu::date_time, "date_time"},           {apdu::close_mmi, "close_mmi"},
    {apdu::display_reply, "display_reply"},   {apdu::answ, "answ"},
    {apdu::menu_answ, "menu_answ"},
};

constexpr named spdu_names[] = {
    {spdu::session_number, "message"},
    {spdu::open_session_response, "open_session_response"},
    {spdu::create_session, "create_session"},
    {spdu::close_session_request, "close_session_request"},
    {spdu::close_session_response, "close_session_response"},
};

constexpr named tpdu_names[] = {
    {tpdu::delete_t_c, "Delete_T_C"},
    {tpdu::d_t_c_reply, "D_T_C_Reply"},
    {tpdu::new_t_c, "New_T_C"},
    {tpdu::t_c_error, "T_C_Error"},
};

template<std::size_t size>
std::string look_up(const named (&names)[size], std::uint32_t value, const char* layer) {
    for (const auto& entry : names)
        if (entry.value == value)
            return entry.name;
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%s %02X", layer, static_cast<unsigned>(value));
    return text.data();
}

} // namespace

std::size_t session_number_at(bytes_view data) {
    cursor c{data};
    const auto object = spdu::read_object(c);
    if (!c.ok() || object.body.size() < 2)
        return 0;
    const auto body = static_cast<std::size_t>(object.body.data() - data.data());
    switch (object.tag) {
    case spdu::session_number:
    case spdu::close_session_request:
        return body;
    case spdu::close_session_response:
        return object.body.size() < 3 ? 0 : body + 1;
    case spdu::open_session_response:
        return object.body.size() < 7 ? 0 : body + 5;
    default:
        return 0;
    }
}

std::uint16_t session_number_of(bytes_view data) {
    const auto at = session_number_at(data);
    return at == 0 ? std::uint16_t{0} : static_cast<std::uint16_t>(data[at] << 8 | data[at + 1]);
}

void set_session_number(bytes& data, std::uint16_t session_nb) {
    if (const auto at = session_number_at(data)) {
        data[at] = static_cast<std::uint8_t>(session_nb >> 8);
        data[at + 1] = static_cast<std::uint8_t>(session_nb);
    }
}

spoken understand(const recorded_message& message) {
    spoken what{.said = message.data, .kind = message.tag};
    if (message.tag != tpdu::data_last)
        return what;
    cursor c{message.data};
    const auto object = spdu::read_object(c);
    if (!c.ok())
        return what;
    what.spdu_tag = object.tag;
    what.session_nb = session_number_of(message.data);
    if (object.tag == spdu::open_session_response && object.body.size() >= 7) {
        cursor body{object.body};
        body.u8();
        what.resource = body.u32();
        what.session_nb = 0;
        set_session_number(what.said, 0);
    }
    if (object.tag == spdu::session_number) {
        cursor apdus{object.rest};
        what.apdu_tag = apdus.u24();
        if (what.date())
            what.said.resize(message.data.size() - apdus.left());
    }
    what.kind = std::uint64_t{message.tag} << 32 | std::uint64_t{what.spdu_tag} << 24 |
                (what.apdu_tag & 0xFFFFFF);
    return what;
}

bool spoken::date() const { return apdu_tag == apdu::date_time; }

bool spoken::caused_from_outside() const {
    switch (apdu_tag) {
    case apdu::ca_pmt:
    case apdu::enter_menu:
    case apdu::close_mmi:
    case apdu::answ:
    case apdu::menu_answ:
        return true;
    default:
        return kind == tpdu::delete_t_c || spdu_tag == spdu::close_session_request;
    }
}

std::string spoken::name() const {
    if (apdu_tag != 0)
        return look_up(apdu_names, apdu_tag, "APDU");
    if (spdu_tag != 0)
        return look_up(spdu_names, spdu_tag, "SPDU");
    return look_up(tpdu_names, static_cast<std::uint32_t>(kind), "TPDU");
}

} // namespace cihost::sim
