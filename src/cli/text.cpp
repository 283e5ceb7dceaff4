// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/text.hpp"

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdio>

namespace cihost::cli {
namespace {

[[gnu::format(printf, 1, 2)]] std::string formatted(const char* pattern, ...) {
    std::array<char, 64> text{};
    std::va_list arguments;
    va_start(arguments, pattern);
    std::vsnprintf(text.data(), text.size(), pattern, arguments);
    va_end(arguments);
    return text.data();
}

std::string trimmed(std::string decimal) {
    while (decimal.back() == '0')
        decimal.pop_back();
    if (decimal.back() == '.')
        decimal.pop_back();
    return decimal;
}

} // namespace

std::string count(std::uint64_t value) {
    auto text = std::to_string(value);
    for (auto at = text.size(); at > 3;) {
        at -= 3;
        text.insert(at, 1, ',');
    }
    return text;
}

std::string size(std::uint64_t bytes) {
    static constexpr std::array<const char*, 4> units{"KiB", "MiB", "GiB", "TiB"};
    if (bytes < 1024)
        return std::to_string(bytes) + " bytes";
    auto value = static_cast<double>(bytes) / 1024;
    std::size_t unit = 0;
    for (; value >= 1024 && unit + 1 < units.size(); ++unit)
        value /= 1024;
    return formatted("%.1f %s", value, units.at(unit));
}

std::string seconds(double value) { return formatted("%.2f s", value); }

std::string frequency(std::uint64_t hz) {
    const bool giga = hz >= 1'000'000'000;
    const auto value = static_cast<double>(hz) / (giga ? 1e9 : 1e6);
    return trimmed(formatted("%.6f", value)) + (giga ? " GHz" : " MHz");
}

std::string hex16(std::uint16_t value) { return formatted("%04X", unsigned{value}); }

std::string elapsed(std::chrono::seconds value) {
    const auto s = static_cast<long long>(value.count());
    return formatted("%lld:%02lld:%02lld", s / 3600, s / 60 % 60, s % 60);
}

std::optional<std::chrono::seconds> parse_duration(std::string_view text) {
    constexpr std::uint64_t longest = 10 * 24 * 3600;
    std::uint64_t total = 0;
    std::uint64_t number = 0;
    bool digits = false;
    // units must come in this order, each once at most
    std::string_view units = "hms";
    for (const char c : text) {
        if (c >= '0' && c <= '9') {
            number = number * 10 + static_cast<std::uint64_t>(c - '0');
            digits = true;
            if (number > longest)
                return std::nullopt;
            continue;
        }
        const auto at = units.find(c);
        if (!digits || at == std::string_view::npos)
            return std::nullopt;
        total += number * (c == 'h' ? 3600U : c == 'm' ? 60U : 1U);
        units.remove_prefix(at + 1);
        number = 0;
        digits = false;
    }
    if (digits) {
        if (units.size() < 3) // "1h30": minutes or seconds?
            return std::nullopt;
        total = number;
    }
    if (total == 0 || total > longest)
        return std::nullopt;
    return std::chrono::seconds{total};
}

} // namespace cihost::cli
