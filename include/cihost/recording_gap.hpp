// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace cihost {

/// A place in a recording where something is missing.
struct recording_gap {
    enum class kind {
        /// Packets never came: bad reception, or a receiver that was too slow.
        reception,
        /// Packets came scrambled.
        scrambled,
        /// The disk was full, or too slow.
        disk,
        /// The service was away, or the device that it comes from.
        away,
    };
    kind what = kind::reception;
    std::chrono::system_clock::time_point from;
    std::chrono::system_clock::time_point until;
    /// Bytes of the file in front of it.
    std::uint64_t position = 0;
    /// Missing; of kind reception, the times that some are. 0: not known.
    std::uint64_t packets = 0;

    friend bool operator==(const recording_gap&, const recording_gap&) = default;
};

/// "reception", …
std::string name(recording_gap::kind what);

} // namespace cihost
