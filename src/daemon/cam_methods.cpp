// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/cam_methods.hpp"

#include "base/suggestion.hpp"
#include "daemon/cam_keys.hpp"
#include "daemon/cam_memory_json.hpp"
#include "daemon/rpc_params.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <optional>
#include <utility>
#include <vector>

namespace cihost::daemon {
namespace {

namespace json = boost::json;

/// "C140:0001", as 'status' shows the codes.
std::string codes_of(const policy::cam_identity& who) {
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "%04X:%04X", who.manufacturer, who.code);
    return text.data();
}

/// No two have the same.
std::string id_of(const policy::cam_identity& who) { return codes_of(who) + " " + who.name; }

bool alike(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, [](char x, char y) {
        const auto small = [](char c) {
            return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        };
        return small(x) == small(y);
    });
}

/// How the profile differs from one for a module that nothing is known of.
json::object values_of(const policy::cam_profile& profile, json::array& sentences) {
    const policy::cam_profile usual;
    json::object values;
    for (const auto& key : cam_keys()) {
        const auto value = key.get(profile);
        if (value == key.get(usual))
            continue;
        sentences.emplace_back(key.describe(value));
        if (key.type == cam_key::kind::flag)
            values[key.name] = value != 0;
        else if (key.type == cam_key::kind::word)
            values[key.name] = key.words[static_cast<std::size_t>(value)];
        else if (key.type == cam_key::kind::seconds_or_never && value == cam_key::never_value)
            values[key.name] = "never";
        else
            values[key.name] = value;
    }
    return values;
}

} // namespace

void cam_methods::add_to(rpc_dispatcher& dispatcher) {
    dispatcher.add("cam.list", [this](const json::object& params, const auto& done) {
        const rpc_params none{params, {}};
        done(json::value(list()));
    });
    const auto add = [&](const char* name, auto method) {
        dispatcher.add(name, [this, method](const json::object& params, const auto& done) {
            done(json::value((this->*method)(params)));
        });
    };
    add("cam.show", &cam_methods::show);
    add("cam.pin", &cam_methods::pin);
    add("cam.forget", &cam_methods::forget);
}

json::object cam_methods::report(const policy::cam_record& record) const {
    auto o = to_json(record);
    o["id"] = id_of(record.who);
    json::array slots;
    for (const auto& [place, who] : cams_.memory().places())
        if (who == record.who)
            slots.emplace_back(place);
    o["slots"] = std::move(slots);
    o["pin_remark"] = cams_.lost_pin(record);
    return o;
}

json::object cam_methods::list() const {
    json::array all;
    for (const auto& [who, record] : cams_.memory().records())
        all.push_back(report(record));
    json::array profiles;
    for (const auto& known : cams_.profiles().all())
        profiles.emplace_back(known.profile.name);
    return {{"learning", cams_.settings().learn},
            {"file", cams_.settings().memory.string()},
            {"profiles", std::move(profiles)},
            {"cams", std::move(all)}};
}

const policy::cam_record& cam_methods::named(const std::string& cam) const {
    const auto& records = cams_.memory().records();
    std::vector<const policy::cam_record*> meant;
    std::vector<std::string> names;
    std::vector<std::string> ids;
    for (const auto& [who, record] : records) {
        if (alike(cam, id_of(who)))
            return record;
        if (alike(cam, who.name) || alike(cam, codes_of(who)))
            meant.push_back(&record);
        names.push_back(who.name);
        ids.push_back("'" + id_of(who) + "'");
    }
    if (meant.size() == 1)
        return *meant.front();
    // as "cihost cams" shows it
    for (const auto& [place, who] : cams_.memory().places())
        if (const auto* const there = cams_.memory().find(who);
            meant.empty() && place == cam && there != nullptr)
            return *there;
    if (meant.size() > 1) {
        ids.clear();
        for (const auto* record : meant)
            ids.push_back("'" + id_of(record->who) + "'");
        throw rpc_error{rpc_code::conflict,
                        "Several CAMs are called '" + cam + "'; say which. Allowed: " + join(ids)};
    }
    auto sentence = "Nothing is known of a CAM '" + cam + "'";
    if (const auto near = suggestion(cam, names))
        sentence += "; did you mean '" + *near + "'?";
    else
        sentence += ".";
    throw rpc_error{rpc_code::not_found,
                    sentence + (ids.empty() ? " No CAM was met yet." : " Known: " + join(ids))};
}

json::object cam_methods::show(const json::object& params) const {
    const rpc_params p{params, {"cam"}};
    const auto& record = named(p.required_text("cam"));
    auto o = report(record);
    const auto next = cams_.next_profile(record.who);
    json::array sentences;
    o["next_profile"] = next.name;
    o["next_values"] = values_of(next, sentences);
    o["next_text"] = std::move(sentences);
    return o;
}

json::object cam_methods::pin(const json::object& params) {
    const rpc_params p{params, {"cam", "pinned", "profile"}};
    const auto cam = p.required_text("cam");
    const bool pinned = p.flag("pinned").value_or(true);
    const auto profile = p.text("profile");
    if (profile && !pinned)
        throw rpc_error{rpc_code::invalid_params,
                        "'profile' belongs to a CAM that is pinned. Allowed: 'profile' without "
                        "'pinned', or with true"};
    if (profile && cams_.profiles().find(*profile) == nullptr) {
        std::vector<std::string> names;
        for (const auto& k : cams_.profiles().all())
            names.push_back(k.profile.name);
        const auto near = suggestion(*profile, names);
        throw rpc_error{rpc_code::invalid_params,
                        "There is no profile '" + *profile + "'" +
                            (near ? "; did you mean '" + *near + "'?" : ".") +
                            " Allowed: " + join(names)};
    }
    const auto who = named(cam).who;
    cams_.memory().pin(who, pinned, profile);
    return report(*cams_.memory().find(who));
}

json::object cam_methods::forget(const json::object& params) {
    const rpc_params p{params, {"cam"}};
    const auto& record = named(p.required_text("cam"));
    const auto who = record.who;
    const bool pinned = record.pinned;
    const auto pinned_profile = record.pinned_profile;
    const auto profile = profile_in_use(who);
    if (profile)
        cams_.memory().learn_anew(
            who, *profile,
            std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()));
    else
        cams_.memory().forget(who);
    return {{"id", id_of(who)},
            {"in_use", profile.has_value()},
            {"pinned", pinned},
            {"pinned_profile", pinned_profile ? json::value(*pinned_profile) : nullptr}};
}

std::optional<std::string> cam_methods::profile_in_use(const policy::cam_identity& who) const {
    for (const auto& member : receivers_.members())
        for (const auto& cam : member.port->report().cams)
            if (cam.application && policy::identity_of(*cam.application) == who)
                return cam.profile;
    return std::nullopt;
}

} // namespace cihost::daemon
