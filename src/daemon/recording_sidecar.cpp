// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/recording_sidecar.hpp"

#include <boost/json/parse.hpp>

#include <array>
#include <ctime>
#include <system_error>
#include <utility>

namespace cihost::daemon {
namespace {

namespace json = boost::json;
using wall_clock = std::chrono::system_clock;

constexpr std::size_t most_gaps = 1000;
constexpr std::array<const char*, 5> counts{"bytes", "packets", "scrambled_packets",
                                            "dropped_packets", "continuity_errors"};

json::value maybe(const std::optional<wall_clock::time_point>& when) {
    return when ? json::value(iso_time(*when)) : json::value(nullptr);
}

json::object part_of(const runtime::recording_report& r, bool running) {
    return {{"file", std::filesystem::path{r.file}.filename().string()},
            {"started", maybe(r.began)},
            {"ended", running ? json::value(nullptr) : json::value(iso_time(wall_clock::now()))},
            {"bytes", r.bytes},
            {"packets", r.packets},
            {"scrambled_packets", r.scrambled_packets},
            {"dropped_packets", r.dropped_packets},
            {"continuity_errors", r.continuity_errors}};
}

void add_gaps(json::array& list, const runtime::recording_report& r, std::size_t part) {
    for (const auto& gap : r.gaps)
        if (list.size() < most_gaps)
            list.push_back(to_json(gap, part));
}

std::uint64_t number(const json::value* value) {
    std::error_code ignored;
    return value == nullptr ? 0 : value->to_number<std::uint64_t>(ignored);
}

} // namespace

std::string iso_time(wall_clock::time_point when) {
    const auto ms =
        std::chrono::duration_cast<std::chrono::milliseconds>(when.time_since_epoch()).count();
    const std::time_t seconds = static_cast<std::time_t>(ms / 1000);
    std::tm utc{};
    ::gmtime_r(&seconds, &utc);
    std::array<char, 32> text{};
    const std::string day{text.data(),
                          std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &utc)};
    const auto fraction = std::to_string(ms % 1000);
    return day + "." + std::string(3 - fraction.size(), '0') + fraction + "Z";
}

json::object to_json(const runtime::recording_gap& gap, std::size_t part) {
    return {{"kind", name(gap.what)},     {"part", part},
            {"from", iso_time(gap.from)}, {"until", iso_time(gap.until)},
            {"position", gap.position},   {"packets", gap.packets}};
}

json::object sidecar(const recording_story& story, const runtime::recording_report* now,
                     const std::string& state, const std::string& reason) {
    auto parts = story.parts;
    auto gaps = story.gaps;
    auto gap_count = story.gap_count;
    if (now != nullptr) {
        add_gaps(gaps, *now, parts.size() + 1);
        gap_count += now->gap_count;
        parts.push_back(part_of(*now, state == "recording" || state == "waiting"));
    }
    json::object all{{"format", 1},
                     {"service", story.service},
                     {"program_number", story.program_number},
                     {"provider", story.provider},
                     {"title", story.title},
                     {"receiver", story.receiver},
                     {"state", state},
                     {"reason", reason},
                     {"planned_end", maybe(story.planned_end)}};
    for (const auto* const name : counts) {
        std::uint64_t sum = 0;
        for (const auto& part : parts)
            sum += number(part.as_object().if_contains(name));
        all[name] = sum;
    }
    all["parts"] = std::move(parts);
    all["gap_count"] = gap_count;
    all["gaps"] = std::move(gaps);
    return all;
}

void take_up(recording_story& story, const std::string& text) {
    json::error_code failed;
    const auto value = json::parse(text, failed);
    const auto* const object = value.if_object();
    if (failed || object == nullptr)
        return;
    for (const auto& [member, text_of] : {std::pair{"title", &recording_story::title},
                                          std::pair{"provider", &recording_story::provider}})
        if (const auto* const said = object->if_contains(member); said && said->is_string())
            story.*text_of = said->get_string();
    if (const auto* const parts = object->if_contains("parts"); parts && parts->is_array())
        for (const auto& part : parts->get_array())
            if (part.is_object())
                story.parts.push_back(part);
    if (const auto* const gaps = object->if_contains("gaps"); gaps && gaps->is_array())
        for (const auto& gap : gaps->get_array())
            if (gap.is_object() && story.gaps.size() < most_gaps)
                story.gaps.push_back(gap);
    story.gap_count = number(object->if_contains("gap_count"));
}

void note_restart(recording_story& story, wall_clock::time_point until) {
    json::value from = nullptr;
    if (!story.parts.empty())
        if (const auto* const ended = story.parts.back().as_object().if_contains("ended"))
            from = *ended;
    ++story.gap_count;
    story.gaps.push_back({{"kind", "restart"},
                          {"part", story.parts.size() + 1},
                          {"from", std::move(from)},
                          {"until", iso_time(until)},
                          {"position", 0},
                          {"packets", 0}});
}

} // namespace cihost::daemon
