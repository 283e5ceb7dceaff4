// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "device/channel_list.hpp"

#include <cstdint>
#include <libdvbv5/dvb-file.h>
#include <optional>
#include <string>

namespace cihost::device::dvbv5 {

/// Gives libdvbv5 one entry to read, made by us of values that have been looked at. Its parsers
/// are not for what comes from elsewhere: they overflow a buffer at a long wrong value and at a
/// section of many keys, give up a whole file for one of them, and tell stderr.
///
/// Of the entry: system, frequency as it stands, bandwidth, symbol rate, polarization, LNB, switch
/// input, stream, and as properties what else the text has: no defaults of libdvbv5's own. None:
/// it could not read it.
std::optional<channel> read_entry(const std::string& text, dvb_file_formats format,
                                  std::uint32_t system = 0);

/// Hz (1), kHz (1,000) or MHz (1,000,000), whichever makes of it a frequency that is broadcast on;
/// 0: none.
std::uint32_t frequency_unit(std::uint64_t frequency, bool satellite) noexcept;

/// Fills in what satellite channels do not name themselves.
void complete(tuning& where, const channel_list_settings& settings);

} // namespace cihost::device::dvbv5
