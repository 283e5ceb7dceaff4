// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/cam/module_applications.hpp"

#include "base/cursor.hpp"
#include "base/writer.hpp"
#include "sim/cam/utc_text.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>
#include <vector>

namespace cihost::sim {
namespace {

constexpr std::uint32_t tag_profile_enq = 0x9F8010;
constexpr std::uint32_t tag_profile = 0x9F8011;
constexpr std::uint32_t tag_profile_change = 0x9F8012;
constexpr std::uint32_t tag_application_info_enq = 0x9F8020;
constexpr std::uint32_t tag_application_info = 0x9F8021;
constexpr std::uint32_t tag_enter_menu = 0x9F8022;
constexpr std::uint32_t tag_request_cicam_reset = 0x9F8023;
constexpr std::uint32_t tag_data_rate_info = 0x9F8024;
constexpr std::uint32_t tag_date_time_enq = 0x9F8440;
constexpr std::uint32_t tag_date_time = 0x9F8441;

constexpr std::uint8_t type_conditional_access = 1;
/// Seconds from one date_time to the next.
constexpr std::uint8_t date_time_interval = 10;

bool contains(const std::vector<std::uint32_t>& list, std::uint32_t resource) {
    return std::find(list.begin(), list.end(), resource) != list.end();
}

/// The first version of Application Information with a reset.
constexpr unsigned ci_plus_version = 3;

std::uint32_t with_version(std::uint32_t resource, unsigned version) {
    return (resource & ~0x3FU) | version;
}

/// As `resources` has it.
std::uint32_t plain(std::uint32_t resource) { return with_version(resource, 1); }

bytes make_application_info(const cam_settings& settings) {
    const auto length = std::min<std::size_t>(settings.name.size(), 0xFF);
    writer out;
    out.u8(type_conditional_access).u16(settings.manufacturer).u16(settings.manufacturer_code);
    out.u8(static_cast<unsigned>(length));
    for (const char c : settings.name.substr(0, length))
        out.u8(static_cast<std::uint8_t>(c));
    return out.take();
}

/// The same resource in the wanted version or a later one, EN 50221 §8.2.2.
bool offers(const std::vector<std::uint32_t>& profile, std::uint32_t resource) {
    return std::any_of(profile.begin(), profile.end(), [&](std::uint32_t offered) {
        return offered >> 6 == resource >> 6 && (offered & 0x3F) >= (resource & 0x3F);
    });
}

} // namespace

module_applications::module_applications(const cam_settings& settings, module_sessions& sessions,
                                         ca_support& ca, stream_gate& gate, journal& log)
    : application_info_{make_application_info(settings)}
    , behaviour_{settings.behaviour.sessions}
    , information_version_{settings.application_information}
    , host_control_{sessions, log}
    , sessions_{sessions}
    , ca_{ca}
    , gate_{gate}
    , log_{log}
    , menu_{settings.behaviour.menu, sessions, gate, log} {}

void module_applications::power_on() {
    menu_.power_on();
    reopened_ = false;
}

void module_applications::connected(time_point now) {
    opening_ = resources::resource_manager;
    sessions_.open(resources::resource_manager, now);
}

void module_applications::disconnected(const char* reason, time_point now) {
    profile_asked_ = false;
    profile_.clear();
    information_.reset();
    host_control_.reset();
    to_open_.clear();
    opening_.reset();
    waited_for_again_ = insists_again_ = never;
    menu_.disconnected(now);
    ca_.disconnected(reason, now);
}

void module_applications::tick(time_point now) {
    ca_.tick(now);
    const auto ca_info_at = ca_.ca_info_at();
    menu_.tick(ca_info_at, ca_.programs(), now);
    if (waited_for_again_ <= now) {
        waited_for_again_ = never;
        sessions_.open(*opening_, now);
    }
    if (insists_again_ <= now) {
        insists_again_ = never;
        for (const auto resource : behaviour_.insists_on)
            sessions_.open(resource, now);
    }
    if (behaviour_.reopens_after > duration{0} && ca_info_at &&
        *ca_info_at + behaviour_.reopens_after <= now && !std::exchange(reopened_, true)) {
        log_.write(now, "ca_support_opened_again");
        sessions_.open(resources::conditional_access_support, now);
    }
}

void module_applications::handle(const session_event& event, time_point now) {
    switch (event.what) {
    case session_event::kind::opened:
        opened(event, now);
        break;
    case session_event::kind::refused:
        if (event.resource == resources::host_control)
            host_control_.closed();
        refused(event, now);
        break;
    case session_event::kind::closed:
        closed(event, now);
        break;
    case session_event::kind::object:
        if (!receive(event, now))
            log_.violation(now, "unexpected APDU",
                           {{"resource", hex_digits(event.resource, 8)},
                            {"tag", hex_digits(event.tag, 6)},
                            {"size", event.body.size()}});
        break;
    }
}

void module_applications::refused(const session_event& event, time_point now) {
    if (event.resource == resources::mmi)
        menu_.refused(now);
    else if (contains(behaviour_.insists_on, event.resource))
        insists_again_ = now + behaviour_.ask_again;
    else if (opening_ == event.resource && contains(behaviour_.waits_for, event.resource))
        waited_for_again_ = now + behaviour_.ask_again;
    else
        go_on_after(event.resource, now);
}

void module_applications::opened(const session_event& event, time_point now) {
    if (event.resource == resources::resource_manager)
        // its dialogue ends with the host's profile, which brings the next
        opening_.reset();
    if (event.resource == resources::mmi)
        menu_.opened(event.session, now);
    if (event.resource == resources::conditional_access_support)
        ca_.opened(event.session, now);
    if (plain(event.resource) == resources::application_information)
        information_ = event;
    if (event.resource == resources::host_control)
        host_control_.opened(event.session, now);
    if (event.resource == resources::host_control || contains(behaviour_.waits_for, event.resource))
        go_on_after(event.resource, now);
    if (event.resource != resources::date_time)
        return; // the host enquires
    sessions_.send(event.session, tag_date_time_enq, std::array{date_time_interval}, now);
    go_on_after(event.resource, now);
}

void module_applications::closed(const session_event& event, time_point now) {
    if (event.resource == resources::conditional_access_support)
        ca_.closed(event.session, "session closed", now);
    if (event.resource == resources::mmi)
        menu_.closed(now);
    if (plain(event.resource) == resources::application_information)
        information_.reset();
    if (event.resource == resources::host_control)
        host_control_.closed();
    go_on_after(event.resource, now);
}

bool module_applications::receive(const session_event& object, time_point now) {
    switch (plain(object.resource)) {
    case resources::host_control:
        return host_control_.receive(object, now);
    case resources::resource_manager:
        return manage_resources(object, now);
    case resources::application_information:
        return inform(object, now);
    case resources::conditional_access_support: {
        const auto outcome = ca_.receive(object, now);
        if (outcome == ca_support::outcome::ca_info_sent)
            go_on_after(object.resource, now);
        return outcome != ca_support::outcome::unknown_object;
    }
    case resources::mmi:
        return menu_.receive(object, now);
    case resources::date_time:
        return take_date_time(object, now);
    default:
        return false;
    }
}

bool module_applications::manage_resources(const session_event& object, time_point now) {
    if (object.tag == tag_profile_enq && object.body.empty()) {
        sessions_.send(object.session, tag_profile, {}, now); // provides nothing
        return true;
    }
    if (object.tag == tag_profile_change && object.body.empty()) {
        profile_asked_ = true;
        sessions_.send(object.session, tag_profile_enq, {}, now);
        return true;
    }
    if (object.tag == tag_profile && object.body.size() % 4 == 0 &&
        std::exchange(profile_asked_, false)) {
        take_profile(object.body, now);
        return true;
    }
    return false;
}

void module_applications::take_profile(bytes_view body, time_point now) {
    auto& profile = profile_;
    profile.clear();
    boost::json::array text;
    for (cursor in{body}; !in.empty();) {
        profile.push_back(in.u32());
        text.emplace_back(hex_digits(profile.back(), 8));
    }
    log_.write(now, "profile", {{"resources", std::move(text)}});
    to_open_.clear();
    const auto want = [&](std::uint32_t resource, std::size_t sessions) {
        for (auto n = sessions_.count(resource); n < sessions; ++n)
            if (opening_ != resource)
                to_open_.push_back(resource);
    };
    const auto later = with_version(resources::application_information, information_version_);
    if (offers(profile, later))
        want(later, 1);
    else if (offers(profile, resources::application_information))
        want(resources::application_information, 1);
    // wanted whether the host has them or not
    for (const auto resource : behaviour_.waits_for)
        want(resource, 1);
    if (offers(profile, resources::conditional_access_support))
        want(resources::conditional_access_support, ca_.wanted_sessions());
    if (offers(profile, resources::date_time))
        want(resources::date_time, 1);
    if (!behaviour_.insists_on.empty() && insists_again_ == never)
        insists_again_ = now + behaviour_.ask_again;
    if (!opening_)
        go_on_after(resources::resource_manager, now);
}

bool module_applications::inform(const session_event& object, time_point now) {
    if (object.tag == tag_application_info_enq && object.body.empty()) {
        sessions_.send(object.session, tag_application_info, application_info_, now);
        go_on_after(object.resource, now);
        return true;
    }
    if (object.tag == tag_data_rate_info && object.body.size() == 1) {
        log_.write(now, "data_rate_info", {{"rate", object.body[0]}});
        return true;
    }
    if (object.tag == tag_enter_menu && object.body.empty()) {
        menu_.enter_menu(now);
        return true;
    }
    return false;
}

bool module_applications::control_host(host_control_order order, time_point now) {
    if (!offers(profile_, resources::host_control))
        return false;
    host_control_.send(std::move(order), now);
    const bool coming = opening_ == resources::host_control ||
                        std::ranges::find(to_open_, resources::host_control) != to_open_.end();
    if (host_control_.open() || coming)
        return true;
    to_open_.push_back(resources::host_control);
    if (!opening_)
        go_on_after(resources::host_control, now);
    return true;
}

bool module_applications::request_reset(time_point now) {
    if (!information_ || (information_->resource & 0x3F) < ci_plus_version)
        return false;
    sessions_.send(information_->session, tag_request_cicam_reset, {}, now);
    return true;
}

bool module_applications::take_date_time(const session_event& object, time_point now) {
    constexpr std::size_t utc_size = 5;
    constexpr std::size_t with_offset = 7;
    if (object.tag != tag_date_time ||
        (object.body.size() != utc_size && object.body.size() != with_offset))
        return false;
    const auto utc = utc_text(object.body.first(utc_size));
    if (!utc)
        return false;
    log_.write(now, "date_time", {{"utc", *utc}});
    gate_.date_known();
    return true;
}

void module_applications::go_on_after(std::uint32_t resource, time_point now) {
    if (opening_ && *opening_ != resource)
        return; // another one's dialogue is under way
    opening_.reset();
    if (to_open_.empty())
        return;
    opening_ = to_open_.front();
    to_open_.pop_front();
    sessions_.open(*opening_, now);
}

} // namespace cihost::sim
