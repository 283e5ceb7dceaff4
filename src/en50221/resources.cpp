// SPDX-License-Identifier: LGPL-2.1-or-later
#include "en50221/resources.hpp"

#include "en50221/application_information.hpp"
#include "en50221/ca_support.hpp"
#include "en50221/date_time.hpp"
#include "en50221/host_control.hpp"
#include "en50221/resource_manager.hpp"

#include <algorithm>
#include <utility>

namespace cihost::en50221 {

namespace {

/// application_info v4 was never given out.
constexpr unsigned missing_application_information = 4;

} // namespace

std::vector<offered_resource> offered_resources(const resource_settings& settings) {
    std::vector<offered_resource> all;
    const auto offer = [&all](resource_id v1, unsigned up_to) {
        for (unsigned version = 1; version <= up_to; ++version)
            if (!v1.same_resource(application_information_v1) ||
                version != missing_application_information)
                all.push_back({with_version(v1, version)});
    };
    offer(resource_manager_v1, std::clamp(settings.resource_manager, 1U, 2U));
    offer(application_information_v1, std::clamp(settings.application_information, 1U, 5U));
    all.push_back({ca_support_v1, true});
    offer(host_control_v1, std::min(settings.host_control, 3U));
    offer(date_time_v1, 1);
    // modules open the next dialogue before they have closed the last
    if (settings.mmi)
        all.push_back({mmi_v1, true});
    return all;
}

resources::resources(const resource_settings& settings, std::uint8_t module_id)
    : module_id_{module_id} {
    offer(settings);
}

std::unique_ptr<resource> resources::make(resource_id id, std::uint16_t session_nb) {
    const auto version = id.version();
    if (id.same_resource(resource_manager_v1))
        return std::make_unique<resource_manager>(session_nb, out_, version, profile_, module_id_);
    if (id.same_resource(application_information_v1))
        return std::make_unique<application_information>(session_nb, out_, version,
                                                         settings_.data_rate_mbit);
    if (id.same_resource(ca_support_v1))
        return std::make_unique<ca_support>(session_nb, out_);
    if (id.same_resource(host_control_v1))
        return std::make_unique<host_control>(session_nb, out_, version,
                                              settings_.delivery_descriptors);
    if (id.same_resource(date_time_v1))
        return std::make_unique<date_time>(session_nb, out_, clock_);
    if (id.same_resource(mmi_v1))
        return std::make_unique<mmi>(session_nb, out_);
    return nullptr;
}

void resources::session_opened(std::uint16_t session_nb, resource_id id, time_point now) {
    auto opened = make(id, session_nb);
    if (!opened)
        return;
    if (id.same_resource(mmi_v1)) {
        clear_screen();
        menu_.end();
    }
    auto& place = sessions_[session_nb];
    place = std::move(opened);
    place->opened(now);
}

void resources::session_closed(std::uint16_t session_nb) {
    const auto found = sessions_.find(session_nb);
    if (found == sessions_.end())
        return;
    if (auto* closed = mmi_session(session_nb); closed != nullptr && closed->session_ended()) {
        found->second.release();
        fading_.reset(closed);
    }
    sessions_.erase(found);
    if (menu_entry() == nullptr && menu_.end())
        out_.events.push_back(menu_refused{});
}

void resources::receive(std::uint16_t session_nb, bytes_view apdus, time_point now) {
    const auto found = sessions_.find(session_nb);
    if (found == sessions_.end())
        return;
    if (mmi_session(session_nb) != nullptr)
        menu_.end();
    cursor c{apdus};
    while (!c.empty()) {
        const auto rest = c.rest();
        const auto object = apdu::read_object(c);
        const char* wrong = !c.ok() ? "The module sent a malformed APDU."
                            : !found->second->receive(object, now)
                                ? "The module sent an APDU that its session does not know."
                                : nullptr;
        if (wrong != nullptr)
            out_.complain(wrong, c.ok() ? rest.first(rest.size() - c.left()) : rest);
    }
    if (auto last = out_.violations.end())
        out_.events.push_back(std::move(*last));
}

void resources::tick(time_point now) {
    for (auto& [session_nb, session] : sessions_)
        session->tick(now);
    if (fading_ != nullptr) {
        fading_->tick(now);
        if (fading_->deadline() == never)
            fading_.reset();
    }
    const auto what = menu_.tick(now);
    if (what == menu_request::action::ask)
        menu_entry()->enter_menu();
    else if (what == menu_request::action::give_up)
        out_.events.push_back(menu_refused{});
}

void resources::abandon() {
    sessions_.clear();
    fading_.reset();
    menu_.end();
    out_ = {};
}

void resources::disconnected() { clear_screen(); }

void resources::send_ca_pmt(const ca_pmt& value, std::uint16_t session_nb) {
    for (auto& [number, session] : sessions_)
        if (auto* ca = dynamic_cast<ca_support*>(session.get());
            ca != nullptr && (session_nb == 0 || session_nb == number))
            ca->send_ca_pmt(value);
}

void resources::offer(const resource_settings& settings) {
    settings_ = settings;
    profile_.clear();
    for (const auto& offered : offered_resources(settings))
        profile_.push_back(offered.id);
    for (auto& [number, session] : sessions_)
        if (auto* manager = dynamic_cast<resource_manager*>(session.get()))
            manager->profile_changed();
}

void resources::ask_release(time_point now) {
    for (auto& [number, session] : sessions_)
        if (auto* control = dynamic_cast<host_control*>(session.get()))
            control->ask_release(now);
}

void resources::reply_to_tune(std::uint16_t session_nb, tune_status status) {
    if (const auto found = sessions_.find(session_nb); found != sessions_.end())
        if (auto* control = dynamic_cast<host_control*>(found->second.get()))
            control->reply_to_tune(status);
}

void resources::set_time(const broadcast_clock& clock, time_point now) {
    clock_ = clock;
    tick(now);
}

application_information* resources::menu_entry() const {
    for (const auto& [session_nb, session] : sessions_)
        if (auto* entry = dynamic_cast<application_information*>(session.get()))
            return entry;
    return nullptr;
}

mmi* resources::mmi_session(std::uint16_t session_nb) const {
    const auto found = sessions_.find(session_nb);
    return found == sessions_.end() ? nullptr : dynamic_cast<mmi*>(found->second.get());
}

void resources::clear_screen() {
    for (const auto& [session_nb, session] : sessions_)
        if (auto* older = dynamic_cast<mmi*>(session.get()))
            older->superseded();
    if (const auto gone = std::move(fading_))
        gone->hide();
}

bool resources::enter_menu(time_point now) {
    auto* entry = menu_entry();
    if (entry == nullptr)
        return false;
    entry->enter_menu();
    menu_.begin(now);
    return true;
}

bool resources::answer_menu(std::uint16_t session_nb, unsigned choice, time_point now) {
    auto* session = mmi_session(session_nb);
    return session != nullptr && session->answer_menu(choice, now);
}

bool resources::answer_enquiry(std::uint16_t session_nb, const std::optional<std::string>& utf8,
                               time_point now) {
    auto* session = mmi_session(session_nb);
    return session != nullptr && session->answer_enquiry(utf8, now);
}

bool resources::close_mmi(std::uint16_t session_nb, time_point now) {
    auto* session = mmi_session(session_nb);
    return session != nullptr && session->close(now);
}

std::optional<outgoing_apdu> resources::next_apdu() {
    if (out_.apdus.empty())
        return std::nullopt;
    auto next = std::move(out_.apdus.front());
    out_.apdus.pop_front();
    return next;
}

std::optional<event> resources::next_event() {
    if (out_.events.empty())
        return std::nullopt;
    auto next = std::move(out_.events.front());
    out_.events.pop_front();
    return next;
}

std::optional<std::uint16_t> resources::next_close() {
    if (out_.closes.empty())
        return std::nullopt;
    const auto next = out_.closes.front();
    out_.closes.pop_front();
    return next;
}

time_point resources::deadline() const {
    auto earliest = menu_.deadline();
    if (fading_ != nullptr)
        earliest = std::min(earliest, fading_->deadline());
    for (const auto& [session_nb, session] : sessions_)
        earliest = std::min(earliest, session->deadline());
    return earliest;
}

bool resources::owed() const {
    bool listed = false;
    if (menu_.waiting())
        return true;
    for (const auto& [session_nb, session] : sessions_) {
        if (session->owed())
            return true;
        const auto* ca = dynamic_cast<const ca_support*>(session.get());
        listed = listed || (ca != nullptr && ca->listed());
    }
    return !listed;
}

} // namespace cihost::en50221
