// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ts/stale_scrambling_bits.hpp"

#include <algorithm>
#include <cstddef>

namespace cihost::ts {
namespace {

constexpr std::uint8_t starts_to_convict = 2;
/// Between two unit starts a section ends as a rule.
constexpr std::uint8_t unit_starts_trusted = 2;
/// The longest block of a DVB scrambler (CISSA). What is shorter stays clear in a packet that is
/// scrambled, and proves nothing.
constexpr std::size_t longest_block = 16;

/// Audio, video, private stream 1, extended stream_id (table 2-22): what services are made of, with
/// a header of many fixed bits.
bool carries_content(std::uint8_t stream_id) noexcept {
    return stream_id == 0xBD || (stream_id >= 0xC0 && stream_id <= 0xEF) || stream_id == 0xFD;
}

/// Video: its PES packets alone may leave their length open. FD: extended stream_id, VC-1.
bool may_be_unbounded(std::uint8_t stream_id) noexcept {
    return (stream_id & 0xF0) == 0xE0 || stream_id == 0xFD;
}

/// The time stamp at that place begins with `prefix` and has its three marker bits.
bool is_time_stamp(bytes_view at, unsigned prefix) noexcept {
    return unsigned{at[0]} >> 4 == prefix && (at[0] & at[2] & at[4] & 1) != 0;
}

/// At least longest_block bytes: a header whose every fixed bit is right, of contents that are
/// clear on PES level too.
bool is_clear_pes_start(bytes_view payload) noexcept {
    const auto stream_id = payload[3];
    if (payload[0] != 0 || payload[1] != 0 || payload[2] != 1 || !carries_content(stream_id))
        return false;
    if ((payload[6] & 0xF0) != 0x80) // '10', PES_scrambling_control
        return false;
    const unsigned length = unsigned{payload[4]} << 8 | payload[5];
    const unsigned header = payload[8];
    const bool bounded = length >= 3 + header;
    if (!bounded && (length > 0 || !may_be_unbounded(stream_id)))
        return false;
    switch (payload[7] >> 6) { // PTS_DTS_flags
    case 0:
        return true;
    case 2:
        return header >= 5 && is_time_stamp(payload.subspan(9), 2);
    case 3: // the PTS' bytes are all that a short payload has to show
        return header >= 10 && is_time_stamp(payload.subspan(9), 3);
    default:
        return false;
    }
}

} // namespace

bool stale_scrambling_bits::stale(packet_view packet) {
    if (packet.scrambling_control() == scrambling::clear || !packet.has_payload())
        return false;
    auto& s = streams_.at(packet.pid());
    if (packet.payload_unit_start()) {
        if (s.section_trust > 0)
            --s.section_trust;
        if (const auto payload = packet.payload(); payload.size() >= longest_block)
            s.pes_starts = is_clear_pes_start(payload)
                               ? std::min<std::uint8_t>(s.pes_starts + 1, starts_to_convict)
                               : std::uint8_t{0};
        convicted_ = convicted_ || s.pes_starts >= starts_to_convict;
    }
    if (!convicted_)
        return false;
    if (s.pes_starts == 0)
        look_for_sections(s, packet);
    const bool found = s.pes_starts > 0 || s.section_trust > 0;
    packets_ += found ? 1 : 0;
    return found;
}

void stale_scrambling_bits::look_for_sections(stream& s, packet_view packet) {
    if (!s.sections)
        s.sections.emplace();
    const auto cleared = without_scrambling_bits(packet);
    s.sections->push(packet_view{cleared});
    while (const auto section = s.sections->next())
        if (section->long_form()) // the short form has no CRC_32
            s.section_trust = unit_starts_trusted;
}

void stale_scrambling_bits::reset() noexcept {
    streams_.clear();
    convicted_ = false;
}

std::array<std::uint8_t, packet_size> without_scrambling_bits(packet_view packet) noexcept {
    std::array<std::uint8_t, packet_size> copy;
    std::ranges::copy(packet.data(), copy.begin());
    copy[3] &= 0x3F;
    return copy;
}

} // namespace cihost::ts
