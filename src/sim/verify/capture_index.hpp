// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "sim/headend/pace.hpp"

#include <cihost/error.hpp>
#include <cihost/ts/continuity_monitor.hpp>
#include <cihost/ts/packet.hpp>
#include <cihost/ts/pmt.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace cihost::sim {

/// A packet with a payload, without the payload.
struct indexed_packet {
    /// Of payload and payload_unit_start_indicator, 64 bits: equal digests mean equal bytes.
    std::uint64_t digest = 0;
    /// Number in the capture, over all PIDs.
    std::uint32_t position = 0;
    bool unit_start = false;
    bool scrambled = false;
};

/// Everything about a capture that comparing needs, in a tenth of its size.
struct capture_index {
    struct service {
        /// Every version, in order.
        std::vector<ts::pmt> pmts;
        /// Number of the packet that completed the first one.
        std::size_t pmt_position = 0;
    };

    std::size_t packets = 0;
    std::map<ts::pid_t, std::vector<indexed_packet>> streams;
    std::map<std::uint16_t, service> services;
    bool starts_with_pat = false;
    ts::continuity_monitor continuity;
    pace timing;

    /// When a packet is due by the capture's own clock; `packets` gives the capture's length.
    double seconds_at(std::size_t position) const noexcept;
};

/// Reads a file once, in bounded memory. An error says why in a sentence.
result<capture_index> index_capture(const std::string& file, std::string& why);

} // namespace cihost::sim
