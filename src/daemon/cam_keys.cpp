// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/cam_keys.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <type_traits>

namespace cihost::daemon {
/// Short names that other files of this library may have too.
namespace cam_key_table {
namespace {

using kind = cam_key::kind;
using policy::cam_profile;
using sv = std::string_view;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::array<sv, 3> listings{"only-then-add", "add", "whole-list"};
constexpr std::array<sv, 3> changes{"update", "add", "replace"};
constexpr std::array<sv, 4> withdrawals{"not-selected", "whole-list", "add", "last-by-only"};
constexpr std::array<sv, 2> repeated{"refused", "same-number"};

template<class Unit>
std::int64_t in(duration value) {
    return std::chrono::duration_cast<Unit>(value).count();
}

/// A key of a plain member: `place` gives a reference to it.
template<class Unit, class Place>
constexpr cam_key time_key(sv name, std::int64_t least, std::int64_t most, Place,
                           std::span<const sv> sentence) {
    return {name,
            std::is_same_v<Unit, seconds> ? kind::seconds : kind::milliseconds,
            least,
            most,
            [](const cam_profile& p) { return in<Unit>(Place{}(p)); },
            [](cam_profile& p, std::int64_t v) { Place{}(p) = Unit{v}; },
            {},
            sentence};
}

template<class Place>
constexpr cam_key flag_key(sv name, Place, std::span<const sv> sentences) {
    return {name,
            kind::flag,
            0,
            1,
            [](const cam_profile& p) { return std::int64_t{Place{}(p)}; },
            [](cam_profile& p, std::int64_t v) { Place{}(p) = v != 0; },
            {},
            sentences};
}

template<class Place>
constexpr cam_key number_key(sv name, std::int64_t least, std::int64_t most, Place,
                             std::span<const sv> sentence) {
    return {name,
            kind::number,
            least,
            most,
            [](const cam_profile& p) { return static_cast<std::int64_t>(Place{}(p)); },
            [](cam_profile& p, std::int64_t v) {
                auto& member = Place{}(p);
                member = static_cast<std::remove_reference_t<decltype(member)>>(v);
            },
            {},
            sentence};
}

template<class Place>
constexpr cam_key word_key(sv name, std::span<const sv> words, Place,
                           std::span<const sv> sentences) {
    auto key = number_key(name, 0, static_cast<std::int64_t>(words.size()) - 1, Place{}, sentences);
    key.type = kind::word;
    key.words = words;
    return key;
}

template<std::size_t N>
struct lines : std::array<sv, N> {};
template<class... Text>
lines(Text...) -> lines<sizeof...(Text)>;

constexpr lines poll_floor{"CAMs are polled every % ms at most"};
constexpr lines idle_poll{"CAMs that owe nothing are polled every % ms"};
constexpr lines suspect{"CAMs are suspected after % ms of silence"};
constexpr lines patience{"answers of CAMs are awaited for % ms"};
constexpr lines creates{"connections are offered to CAMs % time(s)"};
constexpr lines spdu{"messages of CAMs may have % byte(s)"};
constexpr lines tpdu{"messages to CAMs go in parts of % byte(s)"};
constexpr lines early{"answers of CAMs are not fetched early", "answers of CAMs are fetched early"};
constexpr lines again{"sessions that CAMs open twice are refused",
                      "sessions that CAMs open twice keep their number"};
constexpr lines rm{"CAMs are offered Resource Manager up to version %"};
constexpr lines ai{"CAMs are offered Application Information up to version %"};
constexpr lines hc{"CAMs are offered Host Control up to version %"};
constexpr lines mmi{"CAMs are not offered menus", "CAMs are offered menus"};
constexpr lines rate{"CAMs are told of % Mbit/s"};
constexpr lines empty{"empty CI slots are asked every % ms"};
constexpr lines booting{"CI slots with a CAM that is not ready are asked every % ms"};
constexpr lines starting{"CI slots with a CAM just put in are asked every % ms"};
constexpr lines fast{"CAMs count as just put in for % ms"};
constexpr lines running{"CI slots with a CAM at work are asked every % ms"};
constexpr lines ready{"CAMs have % s to become ready after a reset"};
constexpr lines renewal{"CAMs have % ms to become ready again"};
constexpr lines start_up{"CAMs have % s to tell their CA systems"};
constexpr lines forgive{"what went wrong before is forgiven after % s"};
constexpr lines requests{"CAMs may ask for % reset(s)"};
constexpr lines request_period{"resets that CAMs ask for are counted over % s"};
constexpr lines back_off_first{"the first pause between resets is % ms"};
constexpr lines back_off_last{"the longest pause between resets is % ms"};
constexpr lines kick{"empty CI slots are not looked into early",
                     "empty CI slots are looked into early"};
constexpr lines unasked{"menus that nobody asked for are closed after % s"};
constexpr lines sdt{"CAMs do without the SDT", "the SDT passes through CAMs"};
constexpr lines eit{"CAMs do without the EIT", "the EIT passes through CAMs"};
constexpr lines tdt{"CAMs do without the TDT", "the TDT passes through CAMs"};
constexpr lines listing{"services are listed by ONLY, then ADD", "services are listed by ADD alone",
                        "services are listed all together each time"};
constexpr lines change{"changes are told by UPDATE", "changes are told by ADD",
                       "changed services are withdrawn and added again"};
constexpr lines withdrawal{"services are withdrawn by not_selected",
                           "services are withdrawn by a list of the others",
                           "services are withdrawn by an ADD with not_selected",
                           "services are withdrawn by not_selected, the last but one by ONLY for "
                           "the last"};
constexpr lines settle{"CAMs settle for % ms before they are asked for a service"};
constexpr lines pace{"CAMs are asked for services % ms apart"};
constexpr lines services{"CAMs are asked for % service(s) at most"};
constexpr lines streams{"CAMs are asked for % stream(s) at most"};
constexpr lines presentation{"CAMs are asked for all streams of a service",
                             "CAMs are asked for video, audio and subtitles alone"};
constexpr lines raise{"CA descriptors stay where the broadcast has them",
                      "CA descriptors that all streams share are raised to the programme"};
constexpr lines ca_info{"lists of CA systems are awaited for % s"};
constexpr lines renewed{"lists of CA systems told again count every % ms"};

/// A member as a type of its own: the accessors of a key are plain functions.
#define CIHOST_PLACE(member)                                                                       \
    [](auto& p) -> auto& { return p.member; }

constexpr std::array keys{
    time_key<milliseconds>("poll_floor_ms", 0, 10000, CIHOST_PLACE(slot.poll_floor), poll_floor),
    time_key<milliseconds>("idle_poll_ms", 10, 10000, CIHOST_PLACE(slot.idle_poll), idle_poll),
    time_key<milliseconds>("suspect_after_ms", 100, 60000, CIHOST_PLACE(slot.suspect_after),
                           suspect),
    time_key<milliseconds>("answer_patience_ms", 500, 60000, CIHOST_PLACE(slot.dead_after),
                           patience),
    number_key("create_tries", 1, 20, CIHOST_PLACE(slot.create_tries), creates),
    number_key("max_spdu_bytes", 256, 1048576, CIHOST_PLACE(slot.max_spdu_size), spdu),
    number_key("max_tpdu_bytes", 1, 4089, CIHOST_PLACE(slot.max_tpdu_data), tpdu),
    flag_key("early_fetch", CIHOST_PLACE(slot.early_fetch), early),
    word_key("repeated_session", repeated, CIHOST_PLACE(slot.repeated), again),
    number_key("resource_manager", 1, 2, CIHOST_PLACE(slot.resources.resource_manager), rm),
    number_key("application_information", 1, 5,
               CIHOST_PLACE(slot.resources.application_information), ai),
    number_key("host_control", 0, 3, CIHOST_PLACE(slot.resources.host_control), hc),
    flag_key("mmi", CIHOST_PLACE(slot.resources.mmi), mmi),
    number_key("data_rate_mbit", 72, 96, CIHOST_PLACE(slot.resources.data_rate_mbit), rate),

    time_key<milliseconds>("status_empty_ms", 10, 60000, CIHOST_PLACE(supervision.poll_empty),
                           empty),
    time_key<milliseconds>("status_booting_ms", 10, 60000, CIHOST_PLACE(supervision.poll_booting),
                           booting),
    time_key<milliseconds>("status_starting_ms", 5, 60000, CIHOST_PLACE(supervision.poll_starting),
                           starting),
    time_key<milliseconds>("fast_start_ms", 0, 60000, CIHOST_PLACE(supervision.fast_start), fast),
    time_key<milliseconds>("status_running_ms", 10, 60000, CIHOST_PLACE(supervision.poll_running),
                           running),
    time_key<seconds>("ready_patience_s", 5, 600, CIHOST_PLACE(supervision.ready_patience), ready),
    time_key<milliseconds>("renewal_patience_ms", 0, 60000,
                           CIHOST_PLACE(supervision.renewal_patience), renewal),
    time_key<seconds>("start_up_patience_s", 2, 600, CIHOST_PLACE(supervision.start_up_patience),
                      start_up),
    time_key<seconds>("forgive_after_s", 1, 3600, CIHOST_PLACE(supervision.forgive_after), forgive),
    number_key("reset_requests", 0, 100, CIHOST_PLACE(supervision.reset_requests), requests),
    time_key<seconds>("reset_request_period_s", 1, 86400,
                      CIHOST_PLACE(supervision.reset_request_period), request_period),
    time_key<milliseconds>("back_off_first_ms", 100, 600000,
                           CIHOST_PLACE(supervision.back_off_first), back_off_first),
    time_key<milliseconds>("back_off_last_ms", 100, 600000, CIHOST_PLACE(supervision.back_off_last),
                           back_off_last),

    flag_key("insertion_kick", CIHOST_PLACE(insertion_kick), kick),
    cam_key{"close_unasked_menu_after_s",
            kind::seconds_or_never,
            0,
            3600,
            [](const cam_profile& p) {
                return p.close_unasked_menu_after ? in<seconds>(*p.close_unasked_menu_after)
                                                  : cam_key::never_value;
            },
            [](cam_profile& p, std::int64_t v) {
                p.close_unasked_menu_after =
                    v == cam_key::never_value ? std::nullopt : std::optional<duration>{seconds{v}};
            },
            {},
            unasked},
    flag_key("needs_sdt", CIHOST_PLACE(needs_sdt), sdt),
    flag_key("needs_eit", CIHOST_PLACE(needs_eit), eit),
    flag_key("needs_tdt", CIHOST_PLACE(needs_tdt), tdt),

    word_key("listing", listings, CIHOST_PLACE(ca_pmt.listing), listing),
    word_key("change", changes, CIHOST_PLACE(ca_pmt.change), change),
    word_key("withdrawal", withdrawals, CIHOST_PLACE(ca_pmt.withdrawal), withdrawal),
    time_key<milliseconds>("settle_ms", 0, 60000, CIHOST_PLACE(ca_pmt.settle), settle),
    time_key<milliseconds>("pace_ms", 0, 60000, CIHOST_PLACE(ca_pmt.pace), pace),
    number_key("max_services", 0, 100, CIHOST_PLACE(ca_pmt.max_services), services),
    number_key("max_streams", 0, 1000, CIHOST_PLACE(ca_pmt.max_streams), streams),
    flag_key("presentation_streams_only", CIHOST_PLACE(ca_pmt.presentation_streams_only),
             presentation),
    flag_key("raise_ca_descriptors", CIHOST_PLACE(ca_pmt.raise_ca_descriptors), raise),
    time_key<seconds>("ca_info_patience_s", 0, 600, CIHOST_PLACE(ca_pmt.ca_info_patience), ca_info),
    time_key<milliseconds>("renewal_pause_ms", 0, 600000, CIHOST_PLACE(ca_pmt.renewal_pause),
                           renewed),
};

#undef CIHOST_PLACE

/// Keys whose 0 is no amount.
bool unlimited(const cam_key& key, std::int64_t value) {
    return value == 0 && (key.name == "max_services" || key.name == "max_streams");
}

std::optional<std::int64_t> read_word(config_reader& r, const cam_key& key) {
    const auto text = r.text(key.name, key.allowed());
    if (!text)
        return std::nullopt;
    const auto found = std::ranges::find(key.words, sv{*text});
    if (found != key.words.end())
        return found - key.words.begin();
    r.reject(*r.find(key.name), key.name, "is '" + *text + "'.", key.allowed());
    return std::nullopt;
}

std::optional<std::int64_t> read_value(config_reader& r, const cam_key& key) {
    if (key.type == kind::flag) {
        const auto value = r.flag(key.name);
        return value ? std::optional<std::int64_t>{*value} : std::nullopt;
    }
    if (key.type == kind::word)
        return read_word(r, key);
    if (const auto* const node = r.find(key.name);
        node != nullptr && key.type == kind::seconds_or_never && node->is_string() &&
        node->as_string()->get() == "never")
        return cam_key::never_value;
    const auto value = r.integer(key.name, key.least, key.most, key.allowed());
    // CI Plus went from 3 to 5
    if (value == 4 && key.name == "application_information") {
        r.reject(*r.find(key.name), key.name, "is 4, which was never given out.", key.allowed());
        return std::nullopt;
    }
    return value;
}

} // namespace
} // namespace cam_key_table

using cam_key_table::unlimited;

std::string cam_key::allowed() const {
    if (type == kind::flag)
        return "true, false";
    std::string text;
    for (const auto word : words)
        text += (text.empty() ? "\"" : ", \"") + std::string{word} + "\"";
    if (!text.empty())
        return text;
    text = std::to_string(least) + (unlimited(*this, least) ? " (no limit)" : "") + " to " +
           std::to_string(most);
    if (type == kind::milliseconds)
        text += " (milliseconds)";
    else if (type != kind::number)
        text += " (seconds)";
    return type == kind::seconds_or_never ? text + ", or \"never\"" : text;
}

std::string cam_key::describe(std::int64_t value) const {
    if (type == kind::flag || type == kind::word)
        return std::string{sentences[static_cast<std::size_t>(value)]};
    if (type == kind::seconds_or_never && value == never_value)
        return "menus that nobody asked for stay";
    std::string text{sentences.front()};
    const auto number =
        unlimited(*this, value) ? std::string{"any number of"} : std::to_string(value);
    text.replace(text.find('%'), 1, number);
    // "(s)" is there or not
    if (const auto ending = text.find("(s)"); ending != std::string::npos)
        text.replace(ending, 3, value == 1 ? "" : "s");
    if (unlimited(*this, value))
        text.erase(text.rfind(" at most"));
    return text;
}

std::span<const cam_key> cam_keys() { return cam_key_table::keys; }

cam_values read_cam_values(config_reader& r) {
    cam_values values;
    for (const auto& key : cam_keys())
        if (const auto value = cam_key_table::read_value(r, key))
            values.emplace_back(&key, *value);
    return values;
}

void put(const cam_values& values, policy::cam_profile& profile) {
    bool suspected = false;
    for (const auto& [key, value] : values) {
        key->set(profile, value);
        suspected = suspected || key->name == "suspect_after_ms";
    }
    // whoever gives the one seldom thinks of the other
    if (!suspected)
        profile.slot.suspect_after = std::min(profile.slot.suspect_after, profile.slot.dead_after);
    profile.supervision.back_off_last =
        std::max(profile.supervision.back_off_last, profile.supervision.back_off_first);
}

} // namespace cihost::daemon
