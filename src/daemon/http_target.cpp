// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/http_target.hpp"

#include <algorithm>
#include <charconv>

namespace cihost::daemon {
namespace {

constexpr std::string_view hex_digits = "0123456789ABCDEF";

bool decimal(char c) { return c >= '0' && c <= '9'; }

bool unreserved(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || decimal(c) || c == '-' || c == '.' ||
           c == '_' || c == '~';
}

std::optional<char> from_hex(std::string_view two) {
    unsigned value = 0;
    const auto [end, failed] = std::from_chars(two.data(), two.data() + two.size(), value, 16);
    if (two.size() != 2 || failed != std::errc{} || end != two.data() + 2)
        return std::nullopt;
    return static_cast<char>(value);
}

/// A name off the air in a line of a playlist.
std::string on_one_line(std::string text) {
    std::ranges::replace_if(
        text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, ' ');
    return text;
}

} // namespace

std::optional<std::string> parse_target(std::string_view target) {
    target = target.substr(0, target.find_first_of("?#"));
    if (target.empty() || target.front() != '/')
        return std::nullopt;
    std::string path;
    for (std::size_t i = 0; i < target.size(); ++i) {
        if (target[i] != '%') {
            path += target[i];
            continue;
        }
        const auto c = from_hex(target.substr(i + 1, 2));
        if (!c || *c == '\0')
            return std::nullopt;
        path += *c;
        i += 2;
    }
    return path;
}

std::optional<std::string> query_value(std::string_view target, std::string_view name) {
    target = target.substr(0, target.find('#'));
    const auto begin = target.find('?');
    auto rest = begin == std::string_view::npos ? std::string_view{} : target.substr(begin + 1);
    while (!rest.empty()) {
        const auto end = std::min(rest.find('&'), rest.size());
        const auto pair = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        const auto equals = std::min(pair.find('='), pair.size());
        if (pair.substr(0, equals) != name || equals + 1 >= pair.size())
            continue;
        const auto raw = pair.substr(equals + 1);
        std::string value;
        for (std::size_t i = 0; i < raw.size(); ++i) {
            const auto c = raw[i] == '%' ? from_hex(raw.substr(i + 1, 2)) : std::nullopt;
            value += c ? *c : raw[i] == '+' ? ' ' : raw[i];
            i += c ? 2 : 0;
        }
        return value;
    }
    return std::nullopt;
}

std::string percent_encoded(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (unreserved(c)) {
            out += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out += '%';
        out += hex_digits[byte >> 4U];
        out += hex_digits[byte & 0x0FU];
    }
    return out;
}

bool is_own_host(std::string_view host, std::string_view own) {
    std::string_view name = host;
    if (!name.empty() && name.front() == '[') {
        const auto end = name.find(']');
        if (end == std::string_view::npos)
            return false;
        name = name.substr(1, end - 1);
    } else {
        name = name.substr(0, name.find(':'));
    }
    const bool v4_loopback = name.rfind("127.", 0) == 0 && std::ranges::all_of(name, [](char c) {
                                 return decimal(c) || c == '.';
                             });
    return name == "localhost" || name == "::1" || name == own || v4_loopback;
}

service_ref service_of_path(const std::string& text) {
    unsigned number = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failed == std::errc{} && end == text.data() + text.size() && number >= 1 && number <= 65535)
        return static_cast<std::uint16_t>(number);
    return text;
}

std::string stream_path(const std::string& reference, const std::string& receiver) {
    return "/stream/" + percent_encoded(reference) +
           (receiver.empty() ? "" : "?receiver=" + percent_encoded(receiver));
}

std::string stream_address(const viewable_service& service, const std::string& host) {
    return "http://" + host + stream_path(service.reference, service.receiver);
}

std::string playlist(const std::vector<viewable_service>& services, const std::string& host) {
    std::string text = "#EXTM3U\n";
    for (const auto& s : services) {
        auto name = on_one_line(s.name.empty() ? "Service " + s.reference : s.name);
        if (!s.receiver.empty())
            name += " (" + s.receiver + ")";
        auto quoted = name;
        std::ranges::replace(quoted, '"', '\'');
        text += "#EXTINF:-1 tvg-id=\"" + std::to_string(s.program_number) + "\" tvg-name=\"" +
                quoted + "\"," + name + "\n" + stream_address(s, host) + "\n";
    }
    return text;
}

} // namespace cihost::daemon
