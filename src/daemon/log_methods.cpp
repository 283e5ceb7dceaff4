// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/log_methods.hpp"

#include "base/suggestion.hpp"
#include "daemon/log_json.hpp"
#include "daemon/rpc_params.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

namespace cihost::daemon {
namespace {

namespace json = boost::json;

constexpr std::uint64_t usual_lines = 50;

[[noreturn]] void refuse(const char* what, const std::string& word,
                         std::span<const std::string> allowed) {
    const auto near = suggestion(word, allowed);
    throw rpc_error{rpc_code::invalid_params, std::string("There is no ") + what + " '" + word +
                                                  "'" +
                                                  (near ? "; did you mean '" + *near + "'?" : ".") +
                                                  " Allowed: " + join(allowed)};
}

severity level_in(const rpc_params& p) {
    static const std::vector<std::string> names{"debug", "info", "warning", "error"};
    const auto word = p.required_text("level");
    if (const auto level = severity_named(word))
        return *level;
    refuse("level", word, names);
}

} // namespace

json::object to_json(const log_line& line) {
    const auto at =
        std::chrono::duration_cast<std::chrono::microseconds>(line.at.time_since_epoch());
    return {{"at", static_cast<double>(at.count()) / 1e6},
            {"level", name(line.level)},
            {"area", line.area},
            {"receiver", line.receiver.empty() ? json::value(nullptr) : json::value(line.receiver)},
            {"message", line.message}};
}

void log_methods::add_to(rpc_dispatcher& dispatcher) {
    const auto add = [&](const char* name, auto method) {
        dispatcher.add(name, [method](const json::object& params, const auto& done) {
            done(json::value(method(params)));
        });
    };
    add("log.tail", [this](const json::object& params) { return tail(params); });
    add("log.levels", [this](const json::object& params) { return levels(params); });
    add("log.set_level", [this](const json::object& params) { return set_level(params); });
}

json::object log_methods::tail(const json::object& params) const {
    const rpc_params p{params, {"lines"}};
    const auto wanted =
        std::min<std::uint64_t>(p.number("lines").value_or(usual_lines), event_log::kept_lines);
    json::array all;
    for (const auto& line : log_.tail(static_cast<std::size_t>(wanted)))
        all.push_back(to_json(line));
    return {{"lines", std::move(all)}};
}

json::object log_methods::levels(const json::object& params) const {
    const rpc_params none{params, {}};
    return levels();
}

json::object log_methods::levels() const {
    const auto now = log_.levels();
    json::object all;
    for (const auto& area : log_areas())
        all[area] = name(now.of(area));
    return {{"levels", std::move(all)}};
}

json::object log_methods::set_level(const json::object& params) {
    const rpc_params p{params, {"area", "level"}};
    const auto level = level_in(p);
    const auto area = p.text("area");
    auto now = log_.levels();
    if (!area)
        now = level;
    else if (std::ranges::find(log_areas(), *area) != log_areas().end())
        now.areas[*area] = level;
    else
        refuse("area", *area, log_areas());
    log_.set_levels(std::move(now));
    return levels();
}

} // namespace cihost::daemon
