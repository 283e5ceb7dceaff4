// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/libdvbv5/satellite.hpp"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <libdvbv5/dvb-v5-std.h>
#include <string>

namespace cihost::device::dvbv5 {

namespace {

std::string upper(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::toupper(letter)); });
    return text;
}

unsigned property_of(const tuning& where, unsigned command) noexcept {
    const auto found = std::find_if(where.properties.begin(), where.properties.end(),
                                    [command](const auto& p) { return p.first == command; });
    return found == where.properties.end() ? 0 : found->second;
}

} // namespace

error_code choose_lnb(dvb_v5_fe_parms& parms, const tuning& where, bool satellite) {
    parms.lnb = nullptr;
    parms.sat_number = -1;
    parms.freq_bpf = 0;
    parms.diseqc_wait = 0;
    if (!satellite || where.lnb.empty())
        return {};

    auto name = upper(where.lnb);
    // the same oscillators and switching point, but libdvbv5's UNIVERSAL refuses what lies below
    // 10,800 and above 12,700 MHz
    if (name == "UNIVERSAL")
        name = "EXTENDED";
    const int index = dvb_sat_search_lnb(name.c_str());
    if (index < 0 || where.polarity == polarization::none)
        return make_error_code(boost::system::errc::invalid_argument);
    parms.lnb = dvb_sat_get_lnb(index);
    parms.sat_number = where.satellite_number;
    parms.freq_bpf = property_of(where, DTV_FREQ_BPF);
    parms.diseqc_wait = property_of(where, DTV_DISEQC_WAIT);
    return {};
}

std::optional<lnb_supply> mended_supply(const dvb_v5_fe_parms& parms, const tuning& where) {
    // Unicable goes by its command alone
    if (parms.lnb == nullptr || parms.freq_bpf != 0)
        return {};
    const bool two_bands = parms.lnb->rangeswitch != 0;
    const bool one_oscillator = parms.lnb->lowfreq != 0 && parms.lnb->highfreq == 0;
    if (!(two_bands && parms.sat_number >= 2) && !one_oscillator)
        return {};
    return lnb_supply{
        .high_voltage =
            where.polarity == polarization::horizontal || where.polarity == polarization::left,
        .tone = two_bands && where.frequency_hz > parms.lnb->rangeswitch * std::uint64_t{1'000'000},
    };
}

} // namespace cihost::device::dvbv5
