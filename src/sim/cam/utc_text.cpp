// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/cam/utc_text.hpp"

#include "base/cursor.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>

namespace cihost::sim {
namespace {

/// 1970-01-01 as a modified Julian date.
constexpr int unix_epoch_mjd = 40587;

std::optional<unsigned> bcd(std::uint8_t value, unsigned end) {
    const unsigned tens = value >> 4;
    const unsigned ones = value & 0x0F;
    if (tens > 9 || ones > 9 || 10 * tens + ones >= end)
        return std::nullopt;
    return 10 * tens + ones;
}

} // namespace

std::optional<std::string> utc_text(bytes_view utc_time) {
    cursor in{utc_time};
    const std::chrono::sys_days day{std::chrono::days{in.u16() - unix_epoch_mjd}};
    const auto hour = bcd(in.u8(), 24);
    const auto minute = bcd(in.u8(), 60);
    const auto second = bcd(in.u8(), 60);
    if (!in.ok() || !in.empty() || !hour || !minute || !second)
        return std::nullopt;
    const std::chrono::year_month_day date{day};
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02u:%02u:%02uZ",
                  static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                  static_cast<unsigned>(date.day()), *hour, *minute, *second);
    return text.data();
}

} // namespace cihost::sim
