// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/service_list.hpp"

#include "base/state_words.hpp"
#include "base/table.hpp"
#include "cli/cam_place.hpp"
#include "cli/json_view.hpp"
#include "cli/text.hpp"
#include "cli/view_words.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace cihost::cli {
namespace {

namespace json = boost::json;
using align = table::align;

/// Channel lists round, and tuners report what they found.
constexpr double same_frequency_hz = 2e6;

bool same_service(json_view service, json_view channel, std::optional<double> tuned_hz) {
    if (service["program_number"].number() != channel["program_number"].number())
        return false;
    if (alike(service["name"].text(), channel["name"].text()))
        return true;
    const auto listed_hz = channel["frequency_hz"].real();
    return tuned_hz && listed_hz && std::abs(*tuned_hz - *listed_hz) <= same_frequency_hz;
}

std::optional<double> tuned_hz(const json::value& status, const std::string& receiver) {
    for (const auto& r : json_view{status}["receivers"].list())
        if (json_view{r}["name"].text() == receiver)
            return json_view{r}["frequency_hz"].real();
    return std::nullopt;
}

json::value scrambled(json_view service) {
    if (service["scrambled_now"].flag() || service["ca_signalled"].flag())
        return true;
    if (service["scrambled_now"].null() && service["pmt_complete_at"].null())
        return nullptr;
    return false;
}

bool knows_one_of(json_view cam, json_view ids) {
    if (cam["state"].text() == "empty" || cam["application"].null())
        return false;
    const auto known = [&](const json::value& id) {
        const auto& theirs = cam["ca_system_ids"].list();
        return std::ranges::find(theirs, id) != theirs.end();
    };
    return !ids.list().empty() &&
           (cam["takes_all"].flag() || std::ranges::any_of(ids.list(), known));
}

json::array cams_for(json_view service, const json::value& status) {
    json::array able;
    for (const auto& r : json_view{status}["receivers"].list())
        for (const auto& c : json_view{r}["cams"].list())
            if (knows_one_of(json_view{c}, service["ca_system_ids"]))
                able.push_back(
                    json::object{{"receiver", json_view{r}["name"].text()},
                                 {"slot", json_view{c}["slot"].number().value_or(0)},
                                 {"name", json_view{c}["application"]["menu_string"].text()}});
    return able;
}

std::string scrambled_word(json_view value) {
    return value.null() ? "-" : value.flag() ? "yes" : "no";
}

std::string cams_word(json_view service) {
    std::string text;
    for (const auto& entry : service["cams"].list()) {
        const json_view cam{entry};
        const auto place = found_place{cam["receiver"].text(), cam["slot"].number().value_or(0)};
        text += (text.empty() ? "" : ", ") + place.text();
        if (!cam["name"].text().empty())
            text += " " + cam["name"].text();
    }
    if (text.empty())
        return service["ruled_out"].flag()   ? "none, by a rule"
               : service["scrambled"].flag() ? "none"
                                             : "-";
    return text;
}

std::string place_in_list(json_view channel) {
    const auto hz = channel["frequency_hz"].number();
    const auto system = channel["delivery_system"].text();
    return "not received" + (hz ? ", " + frequency(*hz) : "") +
           (system.empty() ? "" : ", " + system);
}

} // namespace

json::value service_list(const json::value& services, const json::value& channels,
                         const json::value& status) {
    const auto& listed = json_view{channels}["channels"].list();
    std::vector<bool> met(listed.size(), false);
    json::array all;
    for (const auto& entry : json_view{services}["services"].list()) {
        if (!entry.is_object())
            continue;
        const json_view service{entry};
        auto object = entry.get_object();
        object["channel"] = nullptr;
        const auto hz = tuned_hz(status, service["receiver"].text());
        for (std::size_t i = 0; i < listed.size(); ++i)
            if (same_service(service, json_view{listed[i]}, hz)) {
                met[i] = true;
                object["channel"] = listed[i];
            }
        object["scrambled"] = scrambled(service);
        if (!object.contains("cams"))
            object["cams"] = cams_for(service, status);
        all.push_back(std::move(object));
    }
    for (std::size_t i = 0; i < listed.size(); ++i)
        if (!met[i] && listed[i].is_object()) {
            const auto& channel = listed[i].get_object();
            json::object object{{"receiver", nullptr}, {"scrambled", nullptr}};
            for (const auto* key : {"program_number", "name"})
                if (const auto* value = channel.if_contains(key))
                    object[key] = *value;
            object["channel"] = channel;
            object["cams"] = json::array{};
            all.push_back(std::move(object));
        }
    return json::object{{"services", std::move(all)}};
}

json::value filtered(const json::value& list, const services_command& wanted) {
    json::array some;
    for (const auto& entry : json_view{list}["services"].list()) {
        const json_view service{entry};
        const auto number = std::to_string(service["program_number"].number().value_or(0));
        if (wanted.scrambled && !service["scrambled"].flag())
            continue;
        if (wanted.receiver && service["receiver"].text() != *wanted.receiver)
            continue;
        if (wanted.pattern && number != *wanted.pattern &&
            !contains(service["name"].text(), *wanted.pattern))
            continue;
        some.push_back(entry);
    }
    return json::object{{"services", std::move(some)}};
}

std::string service_list_text(const json::value& list, const style& s) {
    table t{{{"number", align::right},
             {"service", align::left},
             {"receiver", align::left},
             {"scrambled", align::left},
             {"CA systems", align::left},
             {"CAM for it", align::left},
             {"state", align::left}}};
    std::string complaints;
    for (const auto& entry : json_view{list}["services"].list()) {
        const json_view v{entry};
        const auto receiver = v["receiver"].text();
        const auto state = v["state"].text();
        const auto& ids = v["ca_system_ids"].list();
        const auto cams = cams_word(v);
        const bool wanted = v["wanted"].flag();
        const auto place = receiver.empty() ? place_in_list(v["channel"]) : state;
        const auto words = receiver.empty() ? place : state_words(state);
        t.add({std::to_string(v["program_number"].number().value_or(0)), v["name"].text(),
               receiver.empty() ? "-" : receiver, scrambled_word(v["scrambled"]),
               ids.empty() ? "-" : ca_systems(v["ca_system_ids"]),
               table::cell{cams, cams.starts_with("none") ? s.bad(cams) : cams},
               table::cell{words, wanted ? coloured_state(place, s) : s.faint(words)}});
        if (wanted && state != "clear" && !v["reason"].text().empty())
            complaints += "  " + v["name"].text() + ": " + v["reason"].text() + "\n";
    }
    return t.empty() ? std::string{} : t.text(2) + complaints;
}

} // namespace cihost::cli
