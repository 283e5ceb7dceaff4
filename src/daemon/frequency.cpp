// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/frequency.hpp"

#include <array>
#include <cstddef>
#include <limits>

namespace cihost::daemon {
namespace {

struct unit {
    std::string_view name;
    /// Power of ten.
    unsigned power;
};
constexpr std::array<unit, 5> units{{{"", 0}, {"hz", 0}, {"khz", 3}, {"mhz", 6}, {"ghz", 9}}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view trim(std::string_view text) {
    while (!text.empty() && text.front() == ' ')
        text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ')
        text.remove_suffix(1);
    return text;
}

std::optional<unsigned> power_of(std::string_view name) {
    std::string folded;
    for (const char c : name)
        folded += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    for (const auto& u : units)
        if (u.name == folded)
            return u.power;
    return std::nullopt;
}

} // namespace

std::optional<std::uint64_t> parse_frequency(std::string_view text) {
    text = trim(text);
    std::size_t end = 0;
    while (end < text.size() && (is_digit(text[end]) || text[end] == '.'))
        ++end;
    const auto power = power_of(trim(text.substr(end)));
    if (!power)
        return std::nullopt;

    // decimal digits are shifted, not multiplied as floating point: 474.166667 MHz is exact
    std::uint64_t hz = 0;
    unsigned decimals = 0;
    bool point = false;
    bool digits = false;
    const auto append = [&hz](unsigned digit) {
        if (hz > (std::numeric_limits<std::uint64_t>::max() - digit) / 10)
            return false;
        hz = hz * 10 + digit;
        return true;
    };
    for (const char c : text.substr(0, end)) {
        if (c == '.') {
            if (point)
                return std::nullopt;
            point = true;
            continue;
        }
        digits = true;
        if (point && decimals == *power) {
            if (c != '0') // a fraction of a Hz
                return std::nullopt;
            continue;
        }
        if (!append(static_cast<unsigned>(c - '0')))
            return std::nullopt;
        decimals += point ? 1 : 0;
    }
    if (!digits)
        return std::nullopt;
    for (; decimals < *power; ++decimals)
        if (!append(0))
            return std::nullopt;
    return hz;
}

std::string format_frequency(std::uint64_t hz) {
    std::uint64_t divisor = 1'000'000;
    const char* name = " MHz";
    if (hz >= 1'000'000'000) {
        divisor = 1'000'000'000;
        name = " GHz";
    }
    auto text = std::to_string(hz / divisor);
    auto fraction = std::to_string(hz % divisor + divisor).substr(1);
    while (!fraction.empty() && fraction.back() == '0')
        fraction.pop_back();
    if (!fraction.empty())
        text += "." + fraction;
    return text + name;
}

} // namespace cihost::daemon
