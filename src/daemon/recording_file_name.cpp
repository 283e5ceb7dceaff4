// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/recording_file_name.hpp"

#include "base/suggestion.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <system_error>
#include <vector>

namespace cihost::daemon {
namespace {

/// Of one field; and well below NAME_MAX with all that follows.
constexpr std::size_t longest_name = 80;
constexpr std::size_t longest_component = 200;

bool passes(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           static_cast<unsigned char>(c) >= 0x80;
}

bool continues_a_character(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80; }

void cut_to(std::string& text, std::size_t most) {
    if (text.size() <= most)
        return;
    while (most > 0 && continues_a_character(text[most]))
        --most;
    text.resize(most);
}

std::string file_part(std::string_view name) {
    std::string part;
    for (const char c : name) {
        if (passes(c))
            part += c;
        else if (!part.empty() && part.back() != '-')
            part += '-';
    }
    cut_to(part, longest_name);
    while (!part.empty() && part.back() == '-')
        part.pop_back();
    return part;
}

std::tm local_time(std::time_t when) {
    std::tm local{};
    ::localtime_r(&when, &local);
    return local;
}

std::string date_of(std::time_t when) {
    const auto local = local_time(when);
    std::array<char, 32> text{};
    return {text.data(), std::strftime(text.data(), text.size(), "%Y%m%d", &local)};
}

std::string time_of(std::time_t when) {
    const auto local = local_time(when);
    std::array<char, 32> text{};
    return {text.data(), std::strftime(text.data(), text.size(), "%H%M%S", &local)};
}

std::string stamp(std::time_t when) { return date_of(when) + "-" + time_of(when); }

const std::vector<std::string>& field_names() {
    static const std::vector<std::string> names{"service", "number", "provider", "receiver",
                                                "title",   "date",   "time"};
    return names;
}

std::string value_of(std::string_view field, const recording_facts& facts) {
    if (field == "service") {
        auto name = file_part(facts.service);
        return name.empty() ? "service" : name;
    }
    if (field == "number")
        return std::to_string(facts.program_number);
    if (field == "provider")
        return file_part(facts.provider);
    if (field == "receiver")
        return file_part(facts.receiver);
    if (field == "title")
        return file_part(facts.title);
    return field == "date" ? date_of(facts.when) : time_of(facts.when);
}

bool separates(char c) { return c == '_' || c == '-' || c == ' ' || c == '.'; }

/// One folder or the file of a name.
std::string component(std::string_view pattern, const recording_facts& facts) {
    std::string text;
    while (!pattern.empty()) {
        const auto open = std::min(pattern.find('{'), pattern.size());
        text += pattern.substr(0, open);
        pattern.remove_prefix(open);
        if (pattern.empty())
            break;
        const auto close = pattern.find('}');
        const auto value = value_of(pattern.substr(1, close - 1), facts);
        pattern.remove_prefix(close + 1);
        text += value;
        if (value.empty()) // with what stands in front of it
            while (!text.empty() && separates(text.back()))
                text.pop_back();
    }
    // what an empty field at the beginning leaves; and no hidden files
    std::size_t begin = 0;
    while (begin < text.size() && separates(text[begin]))
        ++begin;
    text.erase(0, begin);
    cut_to(text, longest_component);
    while (!text.empty() && separates(text.back()))
        text.pop_back();
    return text.empty() ? "recording" : text;
}

std::vector<std::string_view> components(std::string_view pattern) {
    std::vector<std::string_view> all;
    while (true) {
        const auto slash = pattern.find('/');
        all.push_back(pattern.substr(0, slash));
        if (slash == std::string_view::npos)
            return all;
        pattern.remove_prefix(slash + 1);
    }
}

std::string field_fault(std::string_view field) {
    if (std::ranges::find(field_names(), field) != field_names().end())
        return {};
    auto fault = "has no such field as '{" + std::string(field) + "}'";
    if (const auto meant = suggestion(field, field_names()))
        return fault + "; did you mean '{" + *meant + "}'?";
    return fault + ".";
}

} // namespace

std::string recording_pattern_fields() {
    std::string text;
    for (const auto& name : field_names())
        text += (text.empty() ? "{" : ", {") + name + "}";
    return text;
}

std::string recording_pattern_fault(std::string_view pattern) {
    for (const auto part : components(pattern))
        if (part.empty() || part == "." || part == "..")
            return "has an empty folder, or one that leads elsewhere.";
    for (const char c : pattern)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
            return "has a control character.";
    for (auto rest = pattern; !rest.empty();) {
        const auto brace = rest.find_first_of("{}");
        if (brace == std::string_view::npos)
            break;
        const auto close = rest.find_first_of("{}/", brace + 1);
        if (rest[brace] == '}' || close == std::string_view::npos || rest[close] != '}')
            return "has a brace without its other half.";
        if (auto fault = field_fault(rest.substr(brace + 1, close - brace - 1)); !fault.empty())
            return fault;
        rest.remove_prefix(close + 1);
    }
    return {};
}

std::filesystem::path recording_file_name(std::string_view pattern, const recording_facts& facts) {
    std::filesystem::path name;
    for (const auto part : components(pattern))
        name /= component(part, facts);
    name += ".ts";
    return name;
}

std::filesystem::path recording_part_name(const std::filesystem::path& first, std::size_t number) {
    if (number <= 1)
        return first;
    return first.parent_path() /
           (first.stem().string() + "_" + std::to_string(number) + first.extension().string());
}

std::filesystem::path unused_file_name(const std::filesystem::path& file, std::time_t when) {
    std::error_code ignored;
    const auto taken = [&](const std::filesystem::path& name) {
        // a link to nowhere stands in the way, too
        return std::filesystem::exists(std::filesystem::symlink_status(name, ignored));
    };
    const auto beside = [&](const std::string& what) {
        return file.parent_path() / (file.stem().string() + "-" + what + file.extension().string());
    };
    if (!taken(file))
        return file;
    auto name = beside(stamp(when));
    for (int copy = 2; taken(name); ++copy)
        name = beside(stamp(when) + "-" + std::to_string(copy));
    return name;
}

} // namespace cihost::daemon
