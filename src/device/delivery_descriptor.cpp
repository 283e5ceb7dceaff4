// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/delivery_descriptor.hpp"

#include "base/cursor.hpp"

#include <array>

namespace cihost::device {
namespace {

constexpr std::uint8_t satellite_tag = 0x43;
constexpr std::uint8_t cable_tag = 0x44;
constexpr std::uint8_t terrestrial_tag = 0x5A;

/// Decimal digits, four bits each; nothing for one beyond 9.
std::optional<std::uint64_t> bcd(std::uint32_t value, unsigned digits) {
    std::uint64_t number = 0;
    for (unsigned i = digits; i-- > 0;) {
        const auto digit = value >> (4 * i) & 0xF;
        if (digit > 9)
            return std::nullopt;
        number = number * 10 + digit;
    }
    return number;
}

std::optional<tuning> satellite(cursor c) {
    const auto frequency = bcd(c.u32(), 8); // 10 kHz
    c.skip(2);                              // orbital position: which dish that is, nobody told
    const auto flags = c.u8();
    const auto rate = bcd(c.u32() >> 4, 7); // 100 symbols a second
    if (!c.ok() || !frequency || !rate)
        return std::nullopt;
    constexpr std::array polarities{polarization::horizontal, polarization::vertical,
                                    polarization::left, polarization::right};
    tuning where;
    where.system = (flags & 0x04) != 0 ? delivery_system::dvbs2 : delivery_system::dvbs;
    where.frequency_hz = *frequency * 10'000;
    where.symbol_rate = static_cast<std::uint32_t>(*rate * 100);
    where.polarity = polarities[flags >> 5 & 3U];
    return where;
}

std::optional<tuning> cable(cursor c) {
    const auto frequency = bcd(c.u32(), 8); // 100 Hz
    c.skip(3);
    const auto rate = bcd(c.u32() >> 4, 7);
    if (!c.ok() || !frequency || !rate)
        return std::nullopt;
    tuning where;
    where.system = delivery_system::dvbc;
    where.frequency_hz = *frequency * 100;
    where.symbol_rate = static_cast<std::uint32_t>(*rate * 100);
    return where;
}

std::optional<tuning> terrestrial(cursor c) {
    constexpr std::array<std::uint32_t, 4> bandwidths{8'000'000, 7'000'000, 6'000'000, 5'000'000};
    const std::uint64_t frequency = c.u32(); // 10 Hz
    const unsigned bandwidth = c.u8() >> 5;
    if (!c.ok())
        return std::nullopt;
    tuning where;
    where.system = delivery_system::dvbt;
    where.frequency_hz = frequency * 10;
    where.bandwidth_hz = bandwidth < bandwidths.size() ? bandwidths[bandwidth] : 0;
    return where;
}

} // namespace

std::optional<tuning> parse_delivery(bytes_view descriptors) {
    for (cursor c{descriptors}; c.left() >= 2;) {
        const auto tag = c.u8();
        const auto body = c.take(c.u8());
        if (!c.ok())
            return std::nullopt;
        const auto where = tag == satellite_tag     ? satellite(cursor{body})
                           : tag == cable_tag       ? cable(cursor{body})
                           : tag == terrestrial_tag ? terrestrial(cursor{body})
                                                    : std::nullopt;
        if (where && where->frequency_hz > 0)
            return where;
    }
    return std::nullopt;
}

std::uint8_t delivery_descriptor_tag(delivery_system system) noexcept {
    switch (system) {
    case delivery_system::dvbs:
    case delivery_system::dvbs2:
        return satellite_tag;
    case delivery_system::dvbc:
        return cable_tag;
    case delivery_system::dvbt:
        return terrestrial_tag;
    default:
        return 0;
    }
}

} // namespace cihost::device
