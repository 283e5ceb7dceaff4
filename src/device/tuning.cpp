// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/delivery_system.hpp"

#include <cihost/tuning.hpp>

namespace cihost {

namespace {

const char* word(polarization polarity) noexcept {
    switch (polarity) {
    case polarization::horizontal:
        return " horizontal";
    case polarization::vertical:
        return " vertical";
    case polarization::left:
        return " left";
    case polarization::right:
        return " right";
    case polarization::none:
        break;
    }
    return "";
}

/// "474", "11,479", "474.166": no more decimals than there are.
std::string megahertz(std::uint64_t hz) {
    auto text = std::to_string(hz / 1'000'000);
    for (std::size_t at = text.size(); at > 3; at -= 3)
        text.insert(at - 3, ",");
    if (const auto rest = hz % 1'000'000; rest != 0) {
        const auto digits = std::to_string(1'000'000 + rest).substr(1);
        text += "." + digits.substr(0, digits.find_last_not_of('0') + 1);
    }
    return text;
}

bool is_satellite(const tuning& where) noexcept {
    return device::is_satellite(where.system) || where.polarity != polarization::none;
}

} // namespace

const char* name(delivery_system system) noexcept {
    switch (system) {
    case delivery_system::dvbt:
        return "DVB-T";
    case delivery_system::dvbt2:
        return "DVB-T2";
    case delivery_system::dvbc:
        return "DVB-C";
    case delivery_system::dvbs:
        return "DVB-S";
    case delivery_system::dvbs2:
        return "DVB-S2";
    case delivery_system::isdbt:
        return "ISDB-T";
    case delivery_system::atsc:
        return "ATSC";
    case delivery_system::dvbc_b:
        return "DVB-C annex B";
    case delivery_system::unspecified:
        break;
    }
    return "";
}

bool same_multiplex(const tuning& a, const tuning& b) noexcept {
    const bool known =
        a.system != delivery_system::unspecified && b.system != delivery_system::unspecified;
    if (known && a.system != b.system)
        return false;
    if (a.polarity != b.polarity || a.satellite_number != b.satellite_number ||
        a.stream_id != b.stream_id)
        return false;
    const auto apart = a.frequency_hz > b.frequency_hz ? a.frequency_hz - b.frequency_hz
                                                       : b.frequency_hz - a.frequency_hz;
    return apart <= (is_satellite(a) || is_satellite(b) ? 2'000'000U : 500'000U);
}

std::string describe(const tuning& where) {
    auto text = megahertz(where.frequency_hz) + " MHz" + word(where.polarity);
    if (where.system != delivery_system::unspecified)
        text += std::string{", "} + name(where.system);
    if (where.satellite_number >= 0)
        text += ", switch input " + std::to_string(where.satellite_number);
    if (where.stream_id >= 0)
        text += (where.system == delivery_system::dvbt2 ? ", PLP " : ", stream ") +
                std::to_string(where.stream_id);
    return text;
}

} // namespace cihost
