// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/ts/packet.hpp>

#include <cstdint>

namespace cihost::ts {

/// How a packet follows the one before it on its PID (ISO/IEC 13818-1 §2.4.3.3).
enum class continuity {
    /// The next counter value, or the same one without payload; also the first packet.
    next,
    /// The same value once more with payload: allowed once.
    duplicate,
    /// Another value, and discontinuity_indicator says so.
    announced,
    gap,
};

/// last is -1 before the first packet. Both are the PID's state, and advanced here.
inline continuity continuity_step(packet_view packet, std::int8_t& last,
                                  bool& duplicated) noexcept {
    const auto counter = static_cast<std::int8_t>(packet.continuity_counter());
    const auto before = last;
    const bool was_duplicate = duplicated;
    last = counter;
    duplicated = false;
    if (before < 0)
        return continuity::next;
    if (!packet.has_payload()) {
        duplicated = was_duplicate;
        if (counter == before)
            return continuity::next;
    } else if (counter == (before + 1) % 16) {
        return continuity::next;
    }
    if (packet.discontinuity())
        return continuity::announced;
    if (counter == before && !was_duplicate) {
        duplicated = true;
        return continuity::duplicate;
    }
    return continuity::gap;
}

} // namespace cihost::ts
