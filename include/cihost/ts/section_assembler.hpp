// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/bytes.hpp>
#include <cihost/ts/packet.hpp>
#include <cihost/ts/section.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

namespace cihost::ts {

/// Assembles the sections of one PID from its packets (ISO/IEC 13818-1 §2.4.4): pointer_field,
/// several sections a packet, sections over many packets, stuffing.
///
/// Call protocol: push() each packet of the PID in order, then next() until it returns nothing.
/// A section_view is valid until the following push(). Scrambled packets and those with a
/// transport error end the section under way; so does a gap of the continuity_counter. One
/// duplicate packet is passed over.
class section_assembler {
  public:
    struct statistics {
        std::uint64_t sections = 0;
        std::uint64_t crc_errors = 0;
        /// Sections given up: lost packet, transport error, bad length.
        std::uint64_t broken = 0;
    };

    void push(packet_view packet);
    std::optional<section_view> next();
    const statistics& stats() const noexcept { return stats_; }
    void reset() noexcept;

  private:
    bool in_order(packet_view packet);
    /// Adds to the section under way; what is left of part when it is whole or given up.
    bytes_view append(bytes_view part);
    void start(bytes_view part);
    void finish();
    void drop();

    bytes partial_;
    bool collecting_ = false;
    std::int8_t last_counter_ = -1;
    bool duplicated_ = false;
    std::deque<bytes> complete_;
    /// How many of complete_ next() has given since the last push().
    std::size_t given_ = 0;
    statistics stats_;
};

} // namespace cihost::ts
