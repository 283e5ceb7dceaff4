// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/libdvbv5/parameters.hpp"

#include "device/delivery_system.hpp"
#include "device/libdvbv5/satellite.hpp"

#include <algorithm>
#include <iterator>
#include <libdvbv5/countries.h>
#include <libdvbv5/dvb-v5-std.h>
#include <limits>
#include <optional>
#include <span>

namespace cihost::device::dvbv5 {

namespace {

error_code wrong() noexcept { return make_error_code(boost::system::errc::invalid_argument); }

std::span<const fe_delivery_system_t> systems_of(const dvb_v5_fe_parms& parms) noexcept {
    return {parms.systems,
            static_cast<std::size_t>(std::clamp(parms.num_systems, 0, MAX_DELIVERY_SYSTEMS))};
}

std::optional<std::uint32_t> choose_system(const dvb_v5_fe_parms& parms, const tuning& where) {
    constexpr std::uint64_t lowest_satellite = 2'500'000'000;
    const bool satellite =
        where.polarity != polarization::none || where.frequency_hz >= lowest_satellite;
    for (const auto system : systems_of(parms)) {
        const auto ours = from_kernel_number(system);
        if (where.system == delivery_system::unspecified
                ? ours != delivery_system::unspecified && is_satellite(ours) == satellite
                : ours == where.system)
            return system;
    }
    return {};
}

/// Of a terrestrial channel where it is not given: what Europe's raster has at that frequency, for
/// the many drivers that cannot find it out.
std::uint32_t usual_bandwidth(const dvb_v5_fe_parms& parms, std::uint64_t frequency_hz) noexcept {
    if (parms.current_sys == SYS_ISDBT)
        return 6'000'000;
    if ((parms.info.caps & FE_CAN_BANDWIDTH_AUTO) != 0)
        return 0;
    return frequency_hz < 300'000'000 ? 7'000'000 : 8'000'000;
}

struct property {
    std::uint32_t command;
    std::uint32_t value;
};

// libdvbv5 starts from 0 everywhere, which is "off", "1/2", "QPSK" …
constexpr property automatic[] = {
    {DTV_MODULATION, QAM_AUTO},
    {DTV_INVERSION, INVERSION_AUTO},
    {DTV_INNER_FEC, FEC_AUTO},
    {DTV_PILOT, PILOT_AUTO},
    {DTV_ROLLOFF, ROLLOFF_AUTO},
    {DTV_CODE_RATE_HP, FEC_AUTO},
    {DTV_CODE_RATE_LP, FEC_AUTO},
    {DTV_GUARD_INTERVAL, GUARD_INTERVAL_AUTO},
    {DTV_TRANSMISSION_MODE, TRANSMISSION_MODE_AUTO},
    {DTV_HIERARCHY, HIERARCHY_AUTO},
    {DTV_STREAM_ID, NO_STREAM_ID_FILTER},
    {DTV_ISDBT_LAYER_ENABLED, 7},
    {DTV_ISDBT_LAYERA_FEC, FEC_AUTO},
    {DTV_ISDBT_LAYERB_FEC, FEC_AUTO},
    {DTV_ISDBT_LAYERC_FEC, FEC_AUTO},
    {DTV_ISDBT_LAYERA_MODULATION, QAM_AUTO},
    {DTV_ISDBT_LAYERB_MODULATION, QAM_AUTO},
    {DTV_ISDBT_LAYERC_MODULATION, QAM_AUTO},
    {DTV_COUNTRY_CODE, COUNTRY_UNKNOWN},
};

void put(dvb_v5_fe_parms& parms, std::uint32_t command, std::uint32_t value) {
    if (takes(parms.current_sys, command))
        dvb_fe_store_parm(&parms, command, value);
}

std::uint32_t polarization_number(polarization polarity) noexcept {
    switch (polarity) {
    case polarization::horizontal:
        return POLARIZATION_H;
    case polarization::vertical:
        return POLARIZATION_V;
    case polarization::left:
        return POLARIZATION_L;
    case polarization::right:
        return POLARIZATION_R;
    case polarization::none:
        break;
    }
    return POLARIZATION_OFF;
}

} // namespace

bool takes(std::uint32_t system, std::uint32_t command) noexcept {
    constexpr std::uint32_t systems = SYS_DVBC_ANNEX_C + 1;
    const unsigned* properties = system < systems ? dvb_v5_delivery_system[system] : nullptr;
    for (; properties != nullptr && *properties != 0; ++properties)
        if (*properties == command)
            return true;
    return false;
}

bool is_automatic(std::uint32_t command, std::uint32_t value) noexcept {
    return std::any_of(std::begin(automatic), std::end(automatic), [&](const property& known) {
        return known.command == command && known.value == value;
    });
}

error_code store(dvb_v5_fe_parms& parms, const tuning& where) {
    const auto system = choose_system(parms, where);
    if (!system)
        return wrong();
    // the kernel counts a satellite's frequency in kHz, all others in Hz
    const auto frequency =
        dvb_fe_is_satellite(*system) != 0 ? where.frequency_hz / 1000 : where.frequency_hz;
    if (frequency == 0 || frequency > std::numeric_limits<std::uint32_t>::max())
        return wrong();
    if (const auto error = choose_lnb(parms, where, dvb_fe_is_satellite(*system) != 0))
        return error;

    if (dvb_set_sys(&parms, static_cast<fe_delivery_system_t>(*system)) < 0)
        return wrong();
    for (const auto& [command, value] : automatic)
        put(parms, command, value);
    if (*system == SYS_ATSC)
        put(parms, DTV_MODULATION, VSB_8);
    for (const auto& [command, value] : where.properties)
        put(parms, command, value);
    put(parms, DTV_FREQUENCY, static_cast<std::uint32_t>(frequency));
    put(parms, DTV_SYMBOL_RATE, where.symbol_rate);
    put(parms, DTV_BANDWIDTH_HZ,
        where.bandwidth_hz != 0 ? where.bandwidth_hz : usual_bandwidth(parms, where.frequency_hz));
    put(parms, DTV_POLARIZATION, polarization_number(where.polarity));
    if (where.stream_id >= 0)
        put(parms, DTV_STREAM_ID, static_cast<std::uint32_t>(where.stream_id));
    return {};
}

} // namespace cihost::device::dvbv5
