// SPDX-License-Identifier: LGPL-2.1-or-later
#include "en50221/high_level.hpp"

#include "base/cursor.hpp"
#include "en50221/apdu.hpp"
#include "en50221/ca_pmt_fit.hpp"

#include <algorithm>
#include <utility>

namespace cihost::en50221 {
namespace {

/// MMI objects, EN 50221 §8.6: 9F88xx.
constexpr std::uint32_t mmi_class = 0x9F8800;

} // namespace

void high_level::start(time_point now) {
    reset();
    active_ = true;
    mmi_.emplace(mmi_session, out_);
    out_.events.emplace_back(connected{});
    out_.events.emplace_back(session_opened{application_session, application_information_v1});
    out_.events.emplace_back(session_opened{ca_session, ca_support_v1});
    enquiries_left_ = settings_.enquiries;
    enquire(awaited::application_info, now);
}

void high_level::stop(time_point) {
    if (active_)
        end(disconnected::why::stopped);
}

void high_level::abandon(time_point) {
    reset();
    out_ = {};
}

void high_level::enquire(awaited what, time_point now) {
    awaited_ = what;
    --enquiries_left_;
    due_ = now + settings_.enquiry_pause;
    write(apdu::write_object(what == awaited::ca_info ? apdu::ca_info_enq
                                                      : apdu::application_info_enq));
}

/// The answer came, or will not come.
void high_level::next_step(time_point now) {
    if (awaited_ == awaited::application_info) {
        enquiries_left_ = settings_.enquiries;
        enquire(awaited::ca_info, now);
    } else {
        awaited_ = awaited::nothing;
        due_ = never;
    }
}

void high_level::tick(time_point now) {
    if (!active_)
        return;
    mmi_->tick(now);
    const auto menu = menu_.tick(now);
    if (menu == menu_request::action::ask)
        write(apdu::write_object(apdu::enter_menu));
    else if (menu == menu_request::action::give_up)
        out_.events.emplace_back(menu_refused{});
    collect();
    if (now < due_)
        return;
    if (enquiries_left_ > 0)
        return enquire(awaited_, now);
    if (awaited_ == awaited::ca_info)
        out_.events.emplace_back(ca_info_received{ca_session, {}});
    next_step(now);
}

void high_level::receive(bytes_view block, time_point now) {
    if (!active_)
        return;
    const auto complain = [&](const char* what) { out_.complain(what, block); };
    cursor c{block};
    const auto object = apdu::read_object(c);
    if (!c.ok()) {
        complain("The module sent a malformed APDU.");
    } else if (object.tag == apdu::application_info) {
        if (auto info = parse_application_info(object.body))
            out_.events.emplace_back(application_info_received{std::move(*info)});
        else
            complain("The module sent a malformed application_info.");
        if (awaited_ == awaited::application_info)
            next_step(now);
    } else if (object.tag == apdu::ca_info) {
        ca_info_received info{ca_session, {}};
        for (cursor ids{object.body}; ids.left() >= 2;)
            info.ca_system_ids.push_back(ids.u16());
        out_.events.emplace_back(std::move(info));
        if (awaited_ == awaited::ca_info)
            next_step(now);
    } else if (object.tag == apdu::ca_pmt_reply) {
        if (auto reply = parse_ca_pmt_reply(object.body))
            out_.events.emplace_back(ca_pmt_reply_received{ca_session, std::move(*reply)});
        else
            complain("The module sent a malformed ca_pmt_reply.");
    } else if ((object.tag & 0xFFFF00) == mmi_class) {
        menu_.end();
        if (!mmi_->receive(object, now))
            complain("The module sent an MMI object that is not known here.");
        collect();
    } else if (object.tag != apdu::ca_update) {
        complain("The module sent an APDU that is not known here.");
    }
    if (auto last = out_.violations.end())
        out_.events.emplace_back(std::move(*last));
}

void high_level::write_done(time_point) {
    if (!in_hand_.empty())
        in_hand_.pop_front();
}

void high_level::write_failed(time_point) {
    if (!active_ || in_hand_.empty())
        return;
    const auto tag = in_hand_.front();
    in_hand_.pop_front();
    if (tag == apdu::ca_pmt)
        end(disconnected::why::write_failed);
}

void high_level::write_refused(time_point) {
    if (active_)
        end(disconnected::why::write_failed);
}

void high_level::send_ca_pmt(const ca_pmt& value, std::uint16_t session_nb, time_point) {
    if (!active_ || (session_nb != 0 && session_nb != ca_session))
        return;
    if (auto apdu = fit_ca_pmt(value, settings_.max_apdu))
        write(std::move(*apdu));
    else
        out_.events.emplace_back(ca_pmt_too_large{value.program_number});
}

bool high_level::enter_menu(time_point now) {
    if (!active_)
        return false;
    write(apdu::write_object(apdu::enter_menu));
    menu_.begin(now);
    return true;
}

bool high_level::has_mmi(std::uint16_t session_nb) const noexcept {
    return active_ && session_nb == mmi_session;
}

bool high_level::answer_menu(std::uint16_t session_nb, unsigned choice, time_point now) {
    const bool fits = has_mmi(session_nb) && mmi_->answer_menu(choice, now);
    collect();
    return fits;
}

bool high_level::answer_enquiry(std::uint16_t session_nb,
                                const std::optional<std::string>& utf8_text, time_point now) {
    const bool fits = has_mmi(session_nb) && mmi_->answer_enquiry(utf8_text, now);
    collect();
    return fits;
}

bool high_level::close_mmi(std::uint16_t session_nb, time_point now) {
    const bool open = has_mmi(session_nb) && mmi_->close(now);
    collect();
    return open;
}

void high_level::collect() {
    for (auto& apdu : std::exchange(out_.apdus, {}))
        write(std::move(apdu.data));
    out_.closes.clear();
}

time_point high_level::deadline() const noexcept {
    return active_ ? std::min({due_, mmi_->deadline(), menu_.deadline()}) : never;
}

void high_level::write(bytes apdu) { writes_.push_back(std::move(apdu)); }

std::optional<bytes> high_level::next_write() {
    // one at a time: each is an ioctl that takes its time
    if (writes_.empty() || !in_hand_.empty())
        return std::nullopt;
    auto apdu = std::move(writes_.front());
    writes_.pop_front();
    cursor c{apdu};
    in_hand_.push_back(c.u24());
    return apdu;
}

std::optional<event> high_level::next_event() {
    if (out_.events.empty())
        return std::nullopt;
    auto what = std::move(out_.events.front());
    out_.events.pop_front();
    return what;
}

void high_level::end(disconnected::why reason) {
    if (mmi_->session_ended())
        mmi_->superseded();
    reset();
    out_.events.emplace_back(session_closed{application_session, application_information_v1});
    out_.events.emplace_back(session_closed{ca_session, ca_support_v1});
    out_.events.emplace_back(disconnected{reason});
}

void high_level::reset() noexcept {
    active_ = false;
    awaited_ = awaited::nothing;
    enquiries_left_ = 0;
    due_ = never;
    writes_.clear();
    in_hand_.clear();
    mmi_.reset();
    menu_.end();
    out_.apdus.clear();
    out_.closes.clear();
}

} // namespace cihost::en50221
