// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/change_feed.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <span>

namespace cihost::daemon {
namespace {

namespace json = boost::json;
using member_names = std::span<const std::string_view>;

/// Members that are things of their own, or a topic of their own.
constexpr std::array<std::string_view, 3> apart{"cams", "services", "menu"};

constexpr std::array<std::string_view, 8> of_receivers{
    "signal",    "packets",      "continuity_errors", "transport_errors",
    "overflows", "emm_sections", "trace_report",      "stale_scrambling_bits",
};
constexpr std::array<std::string_view, 2> of_cams{"tpdus_sent", "tpdus_received"};
constexpr std::array<std::string_view, 8> of_services{
    "ecms",          "crypto_periods",    "scrambled_before_clear", "scrambled_after_clear",
    "clear_packets", "continuity_errors", "ca_pmts_sent",           "ca_pmt_handed_at",
};
constexpr std::array<std::string_view, 5> of_recordings{
    "bytes", "packets", "dropped_packets", "scrambled_packets", "continuity_errors",
};

member_names measured_members(topic about) {
    switch (about) {
    case topic::receivers:
        return of_receivers;
    case topic::cams:
        return of_cams;
    case topic::services:
        return of_services;
    case topic::recordings:
        return of_recordings;
    default:
        return {};
    }
}

bool contains(member_names all, std::string_view one) { return std::ranges::find(all, one) != all.end(); }

/// "asked 12 s ago" and "asked 13 s ago" say the same.
bool is_sentence(std::string_view member) { return member == "reason"; }

std::string without_numbers(std::string_view sentence) {
    std::string text;
    for (const char c : sentence)
        if (c < '0' || c > '9')
            text += c;
        else if (text.empty() || text.back() != '0')
            text += '0';
    return text;
}

struct halves {
    json::object told;
    json::object measured;
};

halves split(topic about, const json::object& value) {
    const auto counts = measured_members(about);
    halves both;
    for (const auto& member : value) {
        if (contains(apart, member.key()))
            continue;
        if (contains(counts, member.key())) {
            both.measured[member.key()] = member.value();
        } else if (is_sentence(member.key()) && member.value().is_string()) {
            both.told[member.key()] = without_numbers(member.value().get_string());
            both.measured[member.key()] = member.value();
        } else {
            both.told[member.key()] = member.value();
        }
    }
    return both;
}

/// As it is told: what are things of their own is left out.
json::object without_parts(topic about, json::object value) {
    if (about == topic::receivers) {
        value.erase("cams");
        value.erase("services");
    }
    return value;
}

} // namespace

const char* name(topic about) noexcept {
    switch (about) {
    case topic::receivers:
        return "receivers";
    case topic::cams:
        return "cams";
    case topic::services:
        return "services";
    case topic::recordings:
        return "recordings";
    case topic::menus:
        return "menus";
    case topic::log:
        return "log";
    case topic::measurements:
        break;
    }
    return "measurements";
}

std::optional<topic> topic_named(std::string_view word) {
    const auto found =
        std::ranges::find(topics, word, [](topic t) { return std::string_view(name(t)); });
    return found == topics.end() ? std::nullopt : std::optional{*found};
}

std::vector<change> change_feed::take(const json::object& status, bool measurements_too) {
    const bool first = state_++ == 0;
    measurements_ = measurements_too || first;
    for (const auto& entry : status.at("receivers").as_array()) {
        const auto& receiver = entry.as_object();
        const auto& name = receiver.at("name");
        look(topic::receivers, {{"receiver", name}}, receiver);
        for (const auto& cam : receiver.at("cams").as_array()) {
            json::object place{{"receiver", name}, {"slot", cam.at("slot")}};
            look(topic::cams, place, cam.as_object());
            look_at_menu(std::move(place), cam.at("menu"));
        }
        for (const auto& service : receiver.at("services").as_array())
            look(topic::services,
                 {{"receiver", name}, {"program_number", service.at("program_number")}},
                 service.as_object());
    }
    for (const auto& recording : status.at("recordings").as_array())
        look(topic::recordings, {{"id", recording.at("id")}}, recording.as_object());
    take_away_gone();
    auto changes = std::exchange(changes_, {});
    if (first)
        changes.clear();
    return changes;
}

void change_feed::forget() {
    things_.clear();
    state_ = 0;
}

void change_feed::look(topic about, json::object place, const json::object& value) {
    const auto [entry, is_new] =
        things_.try_emplace({about, json::serialize(place)}, thing{place, nullptr, {}, 0});
    auto& known = entry->second;
    known.seen = state_;
    auto now = split(about, value);
    if (is_new || known.told != json::value(now.told)) {
        known.told = std::move(now.told);
        tell(about, place, without_parts(about, value));
    }
    if (!measurements_ || known.measured == now.measured)
        return;
    known.measured = std::move(now.measured);
    if (is_new) // the value has them
        return;
    place["of"] = name(about);
    tell(topic::measurements, place, known.measured);
}

void change_feed::look_at_menu(json::object place, const json::value& menu) {
    const auto [entry, is_new] =
        things_.try_emplace({topic::menus, json::serialize(place)}, thing{place, nullptr, {}, 0});
    auto& known = entry->second;
    known.seen = state_;
    if (known.told == menu)
        return;
    known.told = menu;
    tell(topic::menus, place, menu);
}

void change_feed::tell(topic about, const json::object& place, json::value value) {
    json::object text{{"topic", name(about)}};
    for (const auto& member : place)
        text[member.key()] = member.value();
    text["value"] = std::move(value);
    changes_.push_back({about, std::move(text)});
}

void change_feed::take_away_gone() {
    std::erase_if(things_, [this](const auto& entry) {
        const auto& [which, known] = entry;
        if (known.seen == state_)
            return false;
        // a module without a menu has none to lose
        if (which.first != topic::menus || !known.told.is_null())
            tell(which.first, known.place, nullptr);
        return true;
    });
}

} // namespace cihost::daemon
