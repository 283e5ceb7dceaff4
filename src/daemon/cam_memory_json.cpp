// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/cam_memory_json.hpp"

#include "daemon/cam_keys.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <stdexcept>

namespace cihost::daemon {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;

/// The keys of profiles.toml that make a strategy.
std::vector<const cam_key*> strategy_keys() {
    std::vector<const cam_key*> keys;
    for (const auto& key : cam_keys())
        if (key.name == "listing" || key.name == "change" || key.name == "withdrawal" ||
            key.name == "raise_ca_descriptors")
            keys.push_back(&key);
    return keys;
}

json::object strategy_json(const policy::strategy_record& record) {
    policy::cam_profile p;
    policy::put_strategy(record.strategy, p.ca_pmt);
    json::object o;
    for (const auto* key : strategy_keys()) {
        const auto value = key->get(p);
        if (key->type == cam_key::kind::flag)
            o[key->name] = value != 0;
        else
            o[key->name] = key->words[static_cast<std::size_t>(value)];
    }
    o["worked"] = record.worked;
    o["failed"] = record.failed;
    o["good"] = record.good;
    return o;
}

json::value ms_or_null(const std::optional<milliseconds>& time) {
    return time ? json::value(time->count()) : json::value(nullptr);
}

json::object identity_json(const policy::cam_identity& who) {
    return {{"manufacturer", who.manufacturer}, {"code", who.code}, {"name", who.name}};
}

/// Reads with defaults; what is there in another type, or out of range, is a fault.
class memory_reader {
  public:
    explicit memory_reader(const json::value& value)
        : object_{value.is_object() ? value.get_object()
                                    : throw std::runtime_error("an entry is no object")} {}

    const json::value* find(std::string_view key) const {
        const auto* const value = object_.if_contains(key);
        return value == nullptr || value->is_null() ? nullptr : value;
    }
    std::uint64_t number(std::string_view key, std::uint64_t most) const {
        const auto* const value = find(key);
        if (value == nullptr)
            return 0;
        boost::system::error_code wrong;
        const auto n = value->to_number<std::uint64_t>(wrong);
        if (wrong || n > most)
            throw std::runtime_error("'" + std::string{key} + "' is no number up to " +
                                     std::to_string(most));
        return n;
    }
    unsigned count(std::string_view key) const {
        return static_cast<unsigned>(number(key, std::numeric_limits<unsigned>::max()));
    }
    std::optional<milliseconds> time(std::string_view key) const {
        constexpr std::uint64_t day_in_ms = 86'400'000;
        if (find(key) == nullptr)
            return std::nullopt;
        return milliseconds{static_cast<std::int64_t>(number(key, day_in_ms))};
    }
    bool flag(std::string_view key) const {
        const auto* const value = find(key);
        if (value != nullptr && !value->is_bool())
            throw std::runtime_error("'" + std::string{key} + "' is neither true nor false");
        return value != nullptr && value->get_bool();
    }
    std::string text(std::string_view key) const {
        const auto* const value = find(key);
        if (value != nullptr && !value->is_string())
            throw std::runtime_error("'" + std::string{key} + "' is no text");
        return value != nullptr ? std::string{value->get_string()} : std::string{};
    }
    json::array list(std::string_view key) const {
        const auto* const value = find(key);
        if (value != nullptr && !value->is_array())
            throw std::runtime_error("'" + std::string{key} + "' is no list");
        return value != nullptr ? value->get_array() : json::array{};
    }

  private:
    const json::object& object_;
};

policy::cam_identity identity_in(const memory_reader& r) {
    return {static_cast<std::uint16_t>(r.number("manufacturer", 0xFFFF)),
            static_cast<std::uint16_t>(r.number("code", 0xFFFF)), r.text("name")};
}

policy::strategy_record strategy_in(const memory_reader& r) {
    policy::cam_profile p;
    for (const auto* key : strategy_keys()) {
        if (key->type == cam_key::kind::flag) {
            key->set(p, r.flag(key->name) ? 1 : 0);
            continue;
        }
        const auto word = r.text(key->name);
        const auto found = std::ranges::find(key->words, std::string_view{word});
        if (found == key->words.end())
            throw std::runtime_error("'" + std::string{key->name} + "' is '" + word + "'");
        key->set(p, found - key->words.begin());
    }
    return {policy::strategy_of(p.ca_pmt), r.count("worked"), r.count("failed"), r.flag("good")};
}

policy::cam_record record_in(const memory_reader& r) {
    constexpr std::uint64_t last_second = 253'402'300'799; // of the year 9999
    policy::cam_record record;
    record.who = identity_in(r);
    record.pinned = r.flag("pinned");
    if (r.find("pinned_profile") != nullptr)
        record.pinned_profile = r.text("pinned_profile");
    record.profile = r.text("profile");
    record.last_seen = std::chrono::sys_seconds{
        std::chrono::seconds{static_cast<std::int64_t>(r.number("last_seen", last_second))}};
    record.starts = r.count("starts");
    record.usual_start = r.time("usual_start_ms");
    record.clears = r.count("clears");
    record.usual_clear = r.time("usual_clear_ms");
    record.slowest_answer = r.time("slowest_answer_ms");
    record.most_services = r.count("most_services");
    record.services_limit = r.count("services_limit");
    record.limit_met = r.count("limit_met");
    for (const auto& entry : r.list("strategies"))
        if (record.strategies.size() < policy::cam_memory::most_strategies)
            record.strategies.push_back(strategy_in(memory_reader{entry}));
    return record;
}

} // namespace

json::object to_json(const policy::cam_record& r) {
    auto o = identity_json(r.who);
    o["pinned"] = r.pinned;
    o["pinned_profile"] = r.pinned_profile ? json::value(*r.pinned_profile) : json::value(nullptr);
    o["profile"] = r.profile;
    o["last_seen"] = r.last_seen.time_since_epoch().count();
    o["starts"] = r.starts;
    o["usual_start_ms"] = ms_or_null(r.usual_start);
    o["clears"] = r.clears;
    o["usual_clear_ms"] = ms_or_null(r.usual_clear);
    o["slowest_answer_ms"] = ms_or_null(r.slowest_answer);
    o["most_services"] = r.most_services;
    o["services_limit"] = r.services_limit;
    o["limit_met"] = r.limit_met;
    json::array strategies;
    for (const auto& s : r.strategies)
        strategies.push_back(strategy_json(s));
    o["strategies"] = std::move(strategies);
    return o;
}

namespace {

/// Files of the first versions have "roof/0" for "roof:0".
std::string place_in(std::string text) {
    const auto digits = text.find_last_not_of("0123456789");
    if (digits != std::string::npos && digits + 1 < text.size() && text[digits] == '/')
        text[digits] = ':';
    return text;
}

} // namespace

std::string memory_text(const policy::cam_memory& memory) {
    json::array cams;
    for (const auto& [who, record] : memory.records())
        cams.push_back(to_json(record));
    json::array slots;
    for (const auto& [place, who] : memory.places()) {
        auto o = identity_json(who);
        o["slot"] = place;
        slots.push_back(std::move(o));
    }
    return json::serialize(json::object{{"version", cam_memory_version},
                                        {"cams", std::move(cams)},
                                        {"slots", std::move(slots)}}) +
           "\n";
}

std::string restore_memory(std::string_view text, policy::cam_memory& memory) {
    auto read = policy::cam_memory{};
    try {
        const auto whole = json::parse(text);
        const memory_reader r{whole};
        if (r.find("version") == nullptr || r.number("version", 1'000'000) != cam_memory_version)
            return "its version is not " + std::to_string(cam_memory_version);
        for (const auto& entry : r.list("cams"))
            read.restore(record_in(memory_reader{entry}));
        for (const auto& entry : r.list("slots")) {
            const memory_reader slot{entry};
            read.seen_in(place_in(slot.text("slot")), identity_in(slot));
        }
    } catch (const std::exception& e) {
        return e.what();
    }
    memory = std::move(read);
    return {};
}

} // namespace cihost::daemon
