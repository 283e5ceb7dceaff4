// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/printable.hpp"
#include "cli/cam_place.hpp"
#include "cli/command_line.hpp"
#include "cli/complete.hpp"
#include "cli/control_client.hpp"
#include "cli/json_view.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <exception>
#include <filesystem>
#include <string_view>
#include <utility>

namespace cihost::cli {
namespace {

namespace json = boost::json;

/// Whoever presses the Tab key does not wait long.
constexpr std::chrono::milliseconds tab_patience{1'000};

std::filesystem::path socket_in(std::span<const std::string> words) {
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (words[i] == "--socket" && i + 2 < words.size())
            return words[i + 1];
        if (words[i].starts_with("--socket="))
            return words[i].substr(9);
    }
    return default_socket();
}

/// The texts that the entries of a list have under a key. None that a shell could not pass on.
void add_texts(const json::value& answer, std::string_view list, std::string_view key,
               std::vector<std::string>& all) {
    for (const auto& entry : json_view{answer}[list].list()) {
        const auto* object = entry.if_object();
        const auto* text = object != nullptr ? object->if_contains(key) : nullptr;
        if (text == nullptr || !text->is_string())
            continue;
        std::string word(text->get_string());
        if (!word.empty() && printable(word) == word)
            all.push_back(std::move(word));
    }
}

void add_places(const json::value& status, std::vector<std::string>& all) {
    for (const auto& r : json_view{status}["receivers"].list())
        for (const auto& c : json_view{r}["cams"].list())
            all.push_back(
                found_place{json_view{r}["name"].text(), json_view{c}["slot"].number().value_or(0)}
                    .text());
}

std::vector<std::string> ask(control_client& daemon, const std::string& kind) {
    std::vector<std::string> all;
    const auto call = [&](const char* method) { return daemon.call(method, {}, tab_patience); };
    if (kind == "SERVICE" || kind == "PATTERN") {
        add_texts(call("services"), "services", "name", all);
        try {
            add_texts(call("channels"), "channels", "name", all);
        } catch (const control_refused&) { // an older daemon; what is on the air will do
        }
    } else if (kind == "NAME") {
        add_texts(call("status"), "receivers", "name", all);
    } else if (kind == "CAM") {
        add_texts(call("cam.list"), "cams", "id", all);
    } else if (kind == "PROFILE") {
        const auto answer = call("cam.list");
        for (const auto& name : json_view{answer}["profiles"].list())
            all.push_back(json_view{name}.text());
    } else if (kind == "RECEIVER[:SLOT]") {
        add_places(call("status"), all);
    } else if (kind == "ID") {
        const auto answer = call("record.list");
        for (const auto& entry : json_view{answer}["recordings"].list())
            all.push_back(std::to_string(json_view{entry}["id"].number().value_or(0)));
    } else if (kind == "[AREA] LEVEL") {
        const auto answer = call("log.levels");
        if (const auto* levels = answer.as_object().if_contains("levels"))
            for (const auto& member : levels->as_object())
                all.emplace_back(member.key());
    }
    return all;
}

} // namespace

known_values values_of_daemon(std::span<const std::string> words) {
    return [socket = socket_in(words)](const std::string& kind) {
        static const std::vector<std::string> kinds{"SERVICE", "PATTERN",     "NAME",
                                                    "CAM",     "PROFILE",     "RECEIVER[:SLOT]",
                                                    "ID",      "[AREA] LEVEL"};
        std::vector<std::string> all;
        if (std::ranges::find(kinds, kind) == kinds.end())
            return all;
        try {
            control_client daemon{socket, tab_patience};
            all = ask(daemon, kind);
        } catch (const std::exception&) { // nothing is offered then
        }
        return all;
    };
}

} // namespace cihost::cli
