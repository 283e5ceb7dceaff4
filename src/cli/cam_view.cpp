// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/cam_view.hpp"

#include "base/counted.hpp"
#include "base/printable.hpp"
#include "base/suggestion.hpp"
#include "base/table.hpp"
#include "cli/json_view.hpp"
#include "cli/text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <ctime>
#include <vector>

namespace cihost::cli {
namespace {

using align = table::align;

std::string learned_time(json_view ms) {
    const auto value = ms.number();
    return value ? seconds(static_cast<double>(*value) / 1000) : "-";
}

std::string learned_count(json_view v) { return std::to_string(v.number().value_or(0)); }

/// ", usually 0.42 s from ready to CA systems", once that is known.
std::string usually(json_view ms, const char* what) {
    return ms.null() ? "" : ", usually " + learned_time(ms) + " " + what;
}

std::string learned_services(json_view cam) {
    const auto most = cam["most_services"].number().value_or(0);
    auto text = most > 0 ? std::to_string(most) : std::string{"-"};
    // once may be an accident
    if (cam["limit_met"].number().value_or(0) > 1)
        text += ", no more than " + learned_count(cam["services_limit"]);
    return text;
}

std::string seen_places(json_view cam) {
    std::string text;
    for (const auto& place : cam["slots"].list())
        text += (text.empty() ? "" : ", ") + json_view{place}.text();
    return text;
}

std::string local_day(json_view unix_seconds) {
    const auto time = static_cast<std::time_t>(unix_seconds.number().value_or(0));
    std::tm local{};
    if (time == 0 || ::localtime_r(&time, &local) == nullptr)
        return "-";
    char text[32];
    return std::strftime(text, sizeof text, "%Y-%m-%d %H:%M", &local) > 0 ? text : "-";
}

std::string strategy_text(json_view s) {
    auto text = "listing " + s["listing"].text() + ", change " + s["change"].text() +
                ", withdrawal " + s["withdrawal"].text();
    if (s["raise_ca_descriptors"].flag())
        text += ", CA descriptors raised";
    return text + ": worked " + learned_count(s["worked"]) + ", failed " +
           learned_count(s["failed"]) + (s["good"].flag() ? "" : ", the last time too");
}

} // namespace

std::string cams_text(const boost::json::value& cams) {
    const json_view v{cams};
    std::string text;
    if (!v["learning"].flag())
        text = "cihostd is configured to learn nothing of CAMs.\n";
    if (v["cams"].list().empty())
        return text + "No CAM was met yet.\n";
    table t{{{"CAM", align::left},
             {"profile", align::left},
             {"starts", align::right},
             {"to start", align::right},
             {"to clear", align::right},
             {"services", align::left},
             {"slots", align::left}}};
    for (const auto& entry : v["cams"].list()) {
        const json_view c{entry};
        const auto pinned = c["pinned_profile"].text();
        t.add({table::cell{c["id"].text()},
               table::cell{(pinned.empty() ? c["profile"].text() : pinned) +
                           (!c["pin_remark"].text().empty() ? " (pinned, does not exist)"
                            : c["pinned"].flag()            ? " (pinned)"
                                                            : "")},
               table::cell{learned_count(c["starts"])},
               table::cell{learned_time(c["usual_start_ms"])},
               table::cell{learned_time(c["usual_clear_ms"])}, table::cell{learned_services(c)},
               table::cell{seen_places(c)}});
    }
    return text + t.text(2);
}

std::string one_cam_text(const boost::json::value& cam) {
    const json_view c{cam};
    const auto line = [](const std::string& what, const std::string& value) {
        return "  " + what + std::string(what.size() < 16 ? 16 - what.size() : 1, ' ') + value +
               "\n";
    };
    auto text = c["id"].text() + (c["pinned"].flag() ? " (pinned)" : "") + "\n";
    text += line("profile", c["next_profile"].text());
    if (const auto lost = c["pin_remark"].text(); !lost.empty())
        text += line("", lost);
    text += line("last start", local_day(c["last_seen"]) +
                                   (seen_places(c).empty() ? "" : " in " + seen_places(c)));
    text += line("starts", learned_count(c["starts"]) +
                               usually(c["usual_start_ms"], "from ready to CA systems"));
    text += line("clear", counted(c["clears"].number().value_or(0), "time", "times") +
                              usually(c["usual_clear_ms"], "after it was asked"));
    text += line("slowest answer", learned_time(c["slowest_answer_ms"]));
    text += line("services", learned_services(c));
    for (const auto& entry : c["strategies"].list())
        text += line("asked by", strategy_text(json_view{entry}));
    if (!c["next_text"].list().empty())
        text += "From its next start on:\n";
    for (const auto& sentence : c["next_text"].list())
        text += "  " + json_view{sentence}.text() + "\n";
    return text;
}

std::string cam_profiles_text(const boost::json::value& cams) {
    const json_view v{cams};
    table t{{{"CAM", align::left}, {"profile", align::left}}};
    for (const auto& entry : v["cams"].list()) {
        const json_view c{entry};
        const auto pinned = c["pinned_profile"].text();
        t.add({c["id"].text(), pinned.empty() ? c["profile"].text() : pinned + " (pinned)"});
    }
    auto text = t.empty() ? "No CAM was met yet.\n" : t.text(2);
    std::vector<std::string> names;
    for (const auto& name : v["profiles"].list())
        names.push_back(json_view{name}.text());
    if (!names.empty())
        text += "There are: " + join(names) + ".\n";
    return text;
}

std::string cam_profile_text(const boost::json::value& cam) {
    const json_view c{cam};
    auto text = c["id"].text() + "\n  profile  " + c["profile"].text() +
                " when it was last seen, " + c["next_profile"].text() + " from its next start on" +
                (c["pinned_profile"].text().empty() ? "" : " (pinned)") + "\n";
    const auto* const object = cam.if_object();
    const auto* const values = object != nullptr ? object->if_contains("next_values") : nullptr;
    if (values == nullptr || !values->is_object() || values->get_object().empty())
        return text + "  Its values are those of \"default\".\n";
    for (const auto& member : values->get_object())
        text += "  " + printable({member.key().data(), member.key().size()}) + " = " +
                printable(boost::json::serialize(member.value())) + "\n";
    for (const auto& sentence : c["next_text"].list())
        text += "  " + json_view{sentence}.text() + "\n";
    return text;
}

} // namespace cihost::cli
