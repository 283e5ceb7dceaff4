// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/cams.hpp"

#include "base/state_words.hpp"
#include "base/table.hpp"
#include "cli/cam_place.hpp"
#include "cli/json_view.hpp"
#include "cli/view_words.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <utility>

namespace cihost::cli {
namespace {

namespace json = boost::json;
using align = table::align;

/// As it came: views make it printable.
json::value copy(const json::value& object, std::string_view key) {
    const auto* o = object.if_object();
    const auto* v = o != nullptr ? o->if_contains(key) : nullptr;
    return v != nullptr ? *v : json::value{};
}

json::array services_of(const json::value& receiver, std::uint64_t slot) {
    json::array list;
    for (const auto& entry : json_view{receiver}["services"].list()) {
        const json_view service{entry};
        if (service["wanted"].flag() && service["slot"].number() == slot)
            list.push_back(json::object{{"program_number", copy(entry, "program_number")},
                                        {"name", copy(entry, "name")},
                                        {"state", copy(entry, "state")}});
    }
    return list;
}

std::string services_text(json_view cam) {
    std::string text;
    for (const auto& entry : cam["services"].list()) {
        const json_view service{entry};
        auto name = service["name"].text();
        if (name.empty())
            name = std::to_string(service["program_number"].number().value_or(0));
        text += (text.empty() ? "" : ", ") + name;
        if (service["state"].text() != "clear")
            text += " (" + state_words(service["state"].text()) + ")";
    }
    return text.empty() ? "-" : text;
}

std::string menu_word(json_view menu) {
    if (menu.null())
        return "-";
    if (menu["answered"].flag())
        return "answered";
    return menu["form"].text() == "enquiry" ? "asks something" : "waits";
}

std::string or_dash(std::string text) { return text.empty() ? "-" : text; }

} // namespace

json::value cams_in_slots(const json::value& status) {
    json::array all;
    for (const auto& receiver : json_view{status}["receivers"].list())
        for (const auto& entry : json_view{receiver}["cams"].list()) {
            if (!entry.is_object())
                continue;
            json::object cam{{"receiver", copy(receiver, "name")}};
            for (const auto& member : entry.get_object())
                cam[member.key()] = member.value();
            cam["services"] = services_of(receiver, json_view{entry}["slot"].number().value_or(0));
            all.push_back(std::move(cam));
        }
    return json::object{{"cams", std::move(all)}};
}

std::string cams_in_slots_text(const json::value& cams, const style& s) {
    const auto& list = json_view{cams}["cams"].list();
    if (list.empty())
        return "No receiver has a CAM slot; 'cihost devices' shows what is in /dev/dvb.\n";
    table t{{{"slot", align::left},
             {"state", align::left},
             {"CAM", align::left},
             {"CA systems", align::left},
             {"profile", align::left},
             {"descrambles", align::left},
             {"menu", align::left}}};
    std::string hints;
    for (const auto& entry : list) {
        const json_view cam{entry};
        const auto place = found_place{cam["receiver"].text(), cam["slot"].number().value_or(0)};
        const auto state = cam["state"].text();
        const auto menu = menu_word(cam["menu"]);
        const bool empty = state == "empty";
        t.add({table::cell{place.text()},
               table::cell{state, empty ? s.faint(state) : coloured_state(state, s)},
               table::cell{or_dash(cam["application"]["menu_string"].text())},
               table::cell{empty                     ? "-"
                           : cam["takes_all"].flag() ? "any"
                                                     : ca_systems(cam["ca_system_ids"])},
               table::cell{empty ? "-" : or_dash(cam["profile"].text())},
               table::cell{services_text(cam)},
               table::cell{menu, menu == "-" ? menu : s.waiting(menu)}});
        if (!cam["reason"].text().empty())
            hints += "  " + place.text() + ": " + cam["reason"].text() + "\n";
        if (!cam["menu"].null() && !cam["menu"]["answered"].flag())
            hints += "  " + place.text() + " shows \"" + cam["menu"]["title"].text() +
                     "\"; answer it with 'cihost menu " + place.word() + "'.\n";
    }
    return t.text(2) + hints;
}

} // namespace cihost::cli
