// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/config_cam.hpp"

#include "base/suggestion.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>
#include <vector>

namespace cihost::daemon {
namespace {

using policy::ca_pmt_change;
using policy::ca_pmt_listing;
using policy::ca_pmt_withdrawal;

constexpr std::string_view allowed_poll_floor = "0 to 10000 (milliseconds)";
constexpr std::string_view allowed_answer_patience = "500 to 60000 (milliseconds)";
constexpr std::string_view allowed_ready_patience = "5 to 600 (seconds)";
constexpr std::string_view allowed_close = "0 to 3600 (seconds)";
constexpr std::string_view allowed_pause = "0 to 60000 (milliseconds)";
constexpr std::string_view allowed_limit = "0 (no limit) to 100";
constexpr std::string_view allowed_streams = "0 (no limit) to 1000";

template<class Time>
void read_time(config_reader& r, std::string_view key, std::int64_t least, std::int64_t most,
               std::string_view allowed, std::optional<Time>& to) {
    if (const auto value = r.integer(key, least, most, allowed))
        to = Time{*value};
}

void read_limit(config_reader& r, std::string_view key, std::int64_t most, std::string_view allowed,
                std::optional<unsigned>& to) {
    if (const auto value = r.integer(key, 0, most, allowed))
        to = static_cast<unsigned>(*value);
}

void read_flag(config_reader& r, std::string_view key, std::optional<bool>& to) {
    if (const auto value = r.flag(key))
        to = *value;
}

template<class Value, std::size_t N>
void read_word(config_reader& r, std::string_view key,
               const std::array<std::pair<std::string_view, Value>, N>& words,
               std::optional<Value>& to) {
    std::string allowed;
    for (const auto& [word, value] : words)
        allowed += (allowed.empty() ? "\"" : ", \"") + std::string{word} + "\"";
    const auto text = r.text(key, allowed);
    if (!text)
        return;
    const auto found = std::ranges::find(words, std::string_view{*text},
                                         [](const auto& entry) { return entry.first; });
    if (found != words.end())
        to = found->second;
    else
        r.reject(*r.find(key), key, "is '" + *text + "'.", allowed);
}

} // namespace

std::optional<std::string> read_cam_profile(config_reader& r, std::string_view key) {
    std::vector<std::string> names;
    for (const auto& p : policy::known_cam_profiles())
        names.push_back(p.name);
    auto name = r.text(key, join(names));
    if (!name || policy::find_cam_profile(*name) != nullptr)
        return name;
    std::string what = "is '" + *name + "', which is no profile";
    if (const auto meant = suggestion(*name, names))
        what += "; did you mean '" + *meant + "'?";
    else
        what += ".";
    r.reject(*r.find(key), key, std::move(what), join(names));
    return std::nullopt;
}

void read_cam(config_reader& r, cam_config& value) {
    static constexpr std::array<std::pair<std::string_view, ca_pmt_listing>, 3> listings{
        {{"only-then-add", ca_pmt_listing::only_then_add},
         {"add", ca_pmt_listing::add},
         {"whole-list", ca_pmt_listing::whole_list}}};
    static constexpr std::array<std::pair<std::string_view, ca_pmt_change>, 3> changes{
        {{"update", ca_pmt_change::update},
         {"add", ca_pmt_change::add},
         {"replace", ca_pmt_change::replace}}};
    static constexpr std::array<std::pair<std::string_view, ca_pmt_withdrawal>, 2> withdrawals{
        {{"not-selected", ca_pmt_withdrawal::not_selected},
         {"whole-list", ca_pmt_withdrawal::whole_list}}};

    value.profile = read_cam_profile(r, "profile");
    read_time(r, "poll_floor_ms", 0, 10000, allowed_poll_floor, value.poll_floor);
    read_time(r, "answer_patience_ms", 500, 60000, allowed_answer_patience, value.answer_patience);
    read_time(r, "ready_patience_s", 5, 600, allowed_ready_patience, value.ready_patience);
    read_flag(r, "early_fetch", value.early_fetch);
    read_flag(r, "insertion_kick", value.insertion_kick);
    read_time(r, "close_unasked_menu_after_s", 0, 3600, allowed_close,
              value.close_unasked_menu_after);
    read_word(r, "listing", listings, value.listing);
    read_word(r, "change", changes, value.change);
    read_word(r, "withdrawal", withdrawals, value.withdrawal);
    read_time(r, "settle_ms", 0, 60000, allowed_pause, value.settle);
    read_time(r, "pace_ms", 0, 60000, allowed_pause, value.pace);
    read_limit(r, "max_services", 100, allowed_limit, value.max_services);
    read_limit(r, "max_streams", 1000, allowed_streams, value.max_streams);
    read_flag(r, "presentation_streams_only", value.presentation_streams_only);
    read_flag(r, "raise_ca_descriptors", value.raise_ca_descriptors);
}

} // namespace cihost::daemon
