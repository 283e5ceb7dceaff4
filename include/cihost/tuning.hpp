// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cihost {

/// Those of linux/dvb/frontend.h that a CAM is used with, and ATSC and ISDB-T for receivers that
/// have them.
enum class delivery_system { unspecified, dvbt, dvbt2, dvbc, dvbs, dvbs2, isdbt, atsc, dvbc_b };
/// "DVB-T", "DVB-T2", "DVB-C" …; "" for unspecified.
const char* name(delivery_system system) noexcept;

enum class polarization { none, horizontal, vertical, left, right };

/// How to receive a multiplex. What is 0, none or absent is found out by the frontend (AUTO) or
/// does not matter for the delivery system.
struct tuning {
    delivery_system system = delivery_system::unspecified;
    /// Of the transponder, for satellite too (not the intermediate frequency).
    std::uint64_t frequency_hz = 0;
    std::uint32_t bandwidth_hz = 0;
    /// Symbols a second: DVB-C, DVB-S, DVB-S2.
    std::uint32_t symbol_rate = 0;

    polarization polarity = polarization::none;
    /// As libdvbv5 knows it ("UNIVERSAL", "L10700" …); empty: no LNB control at all.
    std::string lnb = {};
    /// DiSEqC switch input, from 0; -1: no switch.
    int satellite_number = -1;
    /// Multistream (DVB-S2) or PLP (DVB-T2); -1: none asked for.
    std::int32_t stream_id = -1;

    /// Further DTV_* properties with their values (modulation, FEC, rolloff, …), as
    /// linux/dvb/frontend.h numbers them; from 256 on those of libdvbv5 (Unicable's FREQ_BPF,
    /// DISEQC_WAIT).
    std::vector<std::pair<std::uint32_t, std::uint32_t>> properties = {};

    /// What the multiplex there should say of itself (PAT). The tuner does not need it: it tells
    /// whether this is the right one.
    std::optional<std::uint16_t> transport_stream_id = {};

    friend bool operator==(const tuning&, const tuning&) = default;
};

/// Whether both receive the same multiplex: same system (where both say one), satellite,
/// polarization and stream, frequencies no further apart than channel lists differ (0.5 MHz; 2 MHz
/// for satellite).
bool same_multiplex(const tuning& a, const tuning& b) noexcept;

/// "474 MHz, DVB-T", "11,479 MHz vertical, DVB-S2, switch input 1": for people.
std::string describe(const tuning& where);

} // namespace cihost
