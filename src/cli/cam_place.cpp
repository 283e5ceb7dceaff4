// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/cam_place.hpp"

#include "base/suggestion.hpp"
#include "cli/control_client.hpp"
#include "cli/json_view.hpp"

#include <algorithm>
#include <vector>

namespace cihost::cli {
namespace {

namespace json = boost::json;

struct candidate {
    found_place where;
    bool module = false;
    bool menu = false;
};

/// As it is called, not as it is shown.
std::string raw_text(const json::value& object, std::string_view key) {
    const auto* o = object.if_object();
    const auto* v = o != nullptr ? o->if_contains(key) : nullptr;
    return v != nullptr && v->is_string() ? std::string(v->get_string()) : std::string{};
}

std::vector<candidate> candidates(const json::value& status, const cam_place& wanted) {
    std::vector<candidate> all;
    for (const auto& r : json_view{status}["receivers"].list()) {
        const auto name = raw_text(r, "name");
        if (wanted.receiver && name != *wanted.receiver)
            continue;
        for (const auto& c : json_view{r}["cams"].list()) {
            const json_view cam{c};
            const auto slot = cam["slot"].number().value_or(0);
            if (!wanted.slot || slot == *wanted.slot)
                all.push_back({{name, slot}, cam["state"].text() != "empty", !cam["menu"].null()});
        }
    }
    return all;
}

/// Those of them that `is`, if it is one alone.
template<class Predicate>
const candidate* only(const std::vector<candidate>& all, Predicate is) {
    const auto first = std::ranges::find_if(all, is);
    if (first == all.end() || std::find_if(first + 1, all.end(), is) != all.end())
        return nullptr;
    return &*first;
}

std::string listed(const std::vector<candidate>& all) {
    std::vector<std::string> places;
    for (const auto& c : all)
        places.push_back(c.where.text());
    return join(places);
}

} // namespace

void require_receiver(const json::value& status, const std::string& name) {
    std::vector<std::string> names;
    for (const auto& r : json_view{status}["receivers"].list())
        names.push_back(raw_text(r, "name"));
    if (std::ranges::find(names, name) != names.end())
        return;
    auto sentence = "There is no receiver '" + name + "'";
    const auto near = suggestion(name, names);
    sentence += near ? "; did you mean '" + *near + "'?" : ".";
    throw control_refused{sentence +
                          (names.empty() ? " There are none." : " Known: " + join(names))};
}

cam_place parse_cam_place(std::string_view text) {
    cam_place place;
    const auto colon = text.rfind(':');
    if (colon != std::string_view::npos) {
        const auto digits = text.substr(colon + 1);
        const bool number =
            !digits.empty() && digits.size() < 4 &&
            std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
        if (number) {
            place.slot = static_cast<unsigned>(std::stoul(std::string(digits)));
            text = text.substr(0, colon);
        }
    }
    if (!text.empty())
        place.receiver = std::string(text);
    return place;
}

found_place find_cam(const json::value& status, const cam_place& wanted) {
    const auto all = candidates(status, wanted);
    if (const auto* one = only(all, [](const candidate&) { return true; }))
        return one->where;
    if (const auto* one = only(all, [](const candidate& c) { return c.module; }))
        return one->where;
    if (const auto* one = only(all, [](const candidate& c) { return c.menu; }))
        return one->where;
    if (!all.empty())
        throw control_refused{"There are several CAM slots; say which. Allowed: " + listed(all)};
    const auto everywhere = candidates(status, {});
    if (wanted.receiver)
        require_receiver(status, *wanted.receiver);
    if (everywhere.empty())
        throw control_refused{"No receiver has a CAM slot; 'cihost status' says what there is."};
    throw control_refused{"There is no such CAM slot. Allowed: " + listed(everywhere)};
}

json::value cam_at(const json::value& status, const found_place& where) {
    for (const auto& r : json_view{status}["receivers"].list())
        if (raw_text(r, "name") == where.receiver)
            for (const auto& c : json_view{r}["cams"].list())
                if (json_view{c}["slot"].number() == where.slot)
                    return c;
    return nullptr;
}

} // namespace cihost::cli
