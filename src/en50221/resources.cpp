// SPDX-License-Identifier: LGPL-2.1-or-later
#include "en50221/resources.hpp"

#include "en50221/application_information.hpp"
#include "en50221/ca_support.hpp"
#include "en50221/date_time.hpp"
#include "en50221/resource_manager.hpp"

#include <algorithm>
#include <utility>

namespace cihost::en50221 {

std::vector<offered_resource> implemented_resources() {
    return {
        {resource_manager_v1}, {application_information_v1}, {ca_support_v1, true}, {date_time_v1}};
}

std::unique_ptr<resource> resources::make(resource_id id, std::uint16_t session_nb) {
    if (id == resource_manager_v1) {
        std::vector<resource_id> profile;
        for (const auto& offer : implemented_resources())
            profile.push_back(offer.id);
        return std::make_unique<resource_manager>(session_nb, out_, std::move(profile));
    }
    if (id == application_information_v1)
        return std::make_unique<application_information>(session_nb, out_);
    if (id == ca_support_v1)
        return std::make_unique<ca_support>(session_nb, out_);
    if (id == date_time_v1)
        return std::make_unique<date_time>(session_nb, out_, clock_);
    return nullptr;
}

void resources::session_opened(std::uint16_t session_nb, resource_id id, time_point now) {
    auto opened = make(id, session_nb);
    if (!opened)
        return;
    auto& place = sessions_[session_nb];
    place = std::move(opened);
    place->opened(now);
}

void resources::session_closed(std::uint16_t session_nb) { sessions_.erase(session_nb); }

void resources::receive(std::uint16_t session_nb, bytes_view apdus, time_point now) {
    const auto found = sessions_.find(session_nb);
    if (found == sessions_.end())
        return;
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
}

void resources::abandon() {
    sessions_.clear();
    out_ = {};
}

void resources::send_ca_pmt(const ca_pmt& value, std::uint16_t session_nb) {
    for (auto& [number, session] : sessions_)
        if (auto* ca = dynamic_cast<ca_support*>(session.get());
            ca != nullptr && (session_nb == 0 || session_nb == number))
            ca->send_ca_pmt(value);
}

void resources::set_time(const broadcast_clock& clock, time_point now) {
    clock_ = clock;
    tick(now);
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

time_point resources::deadline() const {
    auto earliest = never;
    for (const auto& [session_nb, session] : sessions_)
        earliest = std::min(earliest, session->deadline());
    return earliest;
}

bool resources::owed() const {
    bool listed = false;
    for (const auto& [session_nb, session] : sessions_) {
        if (session->owed())
            return true;
        const auto* ca = dynamic_cast<const ca_support*>(session.get());
        listed = listed || (ca != nullptr && ca->listed());
    }
    return !listed;
}

} // namespace cihost::en50221
