// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/cam_config.hpp"

#include <algorithm>

namespace cihost::daemon {

using policy::ca_pmt_change;
using policy::ca_pmt_listing;
using policy::ca_pmt_withdrawal;

namespace {

template<class Value, class From>
void put(Value& to, const std::optional<From>& from) {
    if (from)
        to = *from;
}

const char* sentence(ca_pmt_listing value) {
    switch (value) {
    case ca_pmt_listing::only_then_add:
        return "services are listed by ONLY, then ADD";
    case ca_pmt_listing::add:
        return "services are listed by ADD alone";
    case ca_pmt_listing::whole_list:
        return "services are listed all together each time";
    }
    return "";
}

const char* sentence(ca_pmt_change value) {
    switch (value) {
    case ca_pmt_change::update:
        return "changes are told by UPDATE";
    case ca_pmt_change::add:
        return "changes are told by ADD";
    case ca_pmt_change::replace:
        return "changed services are withdrawn and added again";
    }
    return "";
}

const char* sentence(ca_pmt_withdrawal value) {
    switch (value) {
    case ca_pmt_withdrawal::not_selected:
        return "services are withdrawn by not_selected";
    case ca_pmt_withdrawal::whole_list:
        return "services are withdrawn by a list of the others";
    }
    return "";
}

} // namespace

policy::cam_profile cam_profile_of(const cam_config& common,
                                   const std::optional<std::string>& own) {
    policy::cam_profile p;
    if (const auto& name = own ? own : common.profile)
        if (const auto* const known = policy::find_cam_profile(*name))
            p = *known;
    put(p.slot.poll_floor, common.poll_floor);
    put(p.slot.dead_after, common.answer_patience);
    p.slot.suspect_after = std::min(p.slot.suspect_after, p.slot.dead_after);
    put(p.supervision.ready_patience, common.ready_patience);
    put(p.slot.early_fetch, common.early_fetch);
    put(p.insertion_kick, common.insertion_kick);
    put(p.close_unasked_menu_after, common.close_unasked_menu_after);
    put(p.ca_pmt.listing, common.listing);
    put(p.ca_pmt.change, common.change);
    put(p.ca_pmt.withdrawal, common.withdrawal);
    put(p.ca_pmt.settle, common.settle);
    put(p.ca_pmt.pace, common.pace);
    put(p.ca_pmt.max_services, common.max_services);
    put(p.ca_pmt.max_streams, common.max_streams);
    put(p.ca_pmt.presentation_streams_only, common.presentation_streams_only);
    put(p.ca_pmt.raise_ca_descriptors, common.raise_ca_descriptors);
    return p;
}

std::string describe(const cam_config& value) {
    std::string text;
    const auto line = [&text](const std::string& what) { text += what + "\n"; };
    const auto ms = [](std::chrono::milliseconds time) { return std::to_string(time.count()); };
    if (value.profile)
        if (const auto* const known = policy::find_cam_profile(*value.profile))
            line("CAM profile '" + known->name + "': " + known->description);
    if (value.poll_floor && value.poll_floor->count() > 0)
        line("CAMs are polled every " + ms(*value.poll_floor) + " ms at most");
    if (value.answer_patience)
        line("answers of CAMs are awaited for " + ms(*value.answer_patience) + " ms");
    if (value.ready_patience)
        line("CAMs have " + std::to_string(value.ready_patience->count()) +
             " s to become ready after a reset");
    if (value.early_fetch)
        line(*value.early_fetch ? "answers of CAMs are fetched early"
                                : "answers of CAMs are not fetched early");
    if (value.insertion_kick)
        line(*value.insertion_kick ? "empty CI slots are looked into early"
                                   : "empty CI slots are not looked into early");
    if (value.close_unasked_menu_after)
        line("menus that nobody asked for are closed after " +
             std::to_string(value.close_unasked_menu_after->count()) + " s");
    if (value.listing)
        line(sentence(*value.listing));
    if (value.change)
        line(sentence(*value.change));
    if (value.withdrawal)
        line(sentence(*value.withdrawal));
    if (value.settle)
        line("CAMs settle for " + ms(*value.settle) + " ms before they are asked for a service");
    if (value.pace)
        line("CAMs are asked for services " + ms(*value.pace) + " ms apart");
    const auto limit = [&](const std::optional<unsigned>& most, const std::string& of) {
        if (most)
            line(*most == 0
                     ? "CAMs are asked for any number of " + of
                     : "CAMs are asked for " + std::to_string(*most) + " " + of + " at most");
    };
    limit(value.max_services, "services");
    limit(value.max_streams, "streams");
    if (value.presentation_streams_only)
        line(*value.presentation_streams_only
                 ? "CAMs are asked for video, audio and subtitles alone"
                 : "CAMs are asked for all streams of a service");
    if (value.raise_ca_descriptors)
        line(*value.raise_ca_descriptors
                 ? "CA descriptors that all streams share are raised to the programme"
                 : "CA descriptors stay where the broadcast has them");
    return text;
}

} // namespace cihost::daemon
