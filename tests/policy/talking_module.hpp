// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "policy/module_host.hpp"
#include "support/hex.hpp"

#include <cihost/ts/pmt.hpp>

#include <chrono>
#include <cstdint>

namespace cihost::test {

/// On a high-level device that was reset: the module is there, knows the time, and says who it is
/// and that it knows CA system 0500.
inline void introduce_module(policy::module_host& host, time_point now) {
    host.status_came(true, true, now);
    host.set_time({}, std::chrono::minutes{0}, now);
    host.received("9F8021 0A 01 1234 5678 04 54657374"_hex, now);
    host.received("9F8031 02 0500"_hex, now);
}

/// Of a service of one stream, for that module.
inline ts::pmt pmt_for_module(std::uint16_t program_number, std::uint8_t stream_type = 2) {
    ts::pmt table;
    table.program_number = program_number;
    table.streams.push_back(
        {.stream_type = stream_type, .elementary_pid = 0x100, .descriptors = {}});
    table.program_info.push_back({0x09, "0500 E500"_hex});
    return table;
}

} // namespace cihost::test
