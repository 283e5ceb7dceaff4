// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "en50221/pcapng.hpp"

#include <cstdint>

/// The numbers of pcapng (draft-ietf-opsawg-pcapng) and of link type 235, DVB-CI.
namespace cihost::en50221::pcapng {

inline constexpr std::uint32_t section_header_block = 0x0A0D0D0A;
inline constexpr std::uint32_t interface_description_block = 1;
inline constexpr std::uint32_t obsolete_packet_block = 2;
inline constexpr std::uint32_t simple_packet_block = 3;
inline constexpr std::uint32_t enhanced_packet_block = 6;
inline constexpr std::uint32_t byte_order_magic = 0x1A2B3C4D;
inline constexpr std::uint16_t link_type_dvb_ci = 235;

inline constexpr std::uint16_t opt_end = 0;
inline constexpr std::uint16_t opt_comment = 1;
inline constexpr std::uint16_t if_name = 2;
inline constexpr std::uint16_t if_tsresol = 9;
inline constexpr std::uint16_t if_tsoffset = 14;
/// Exponent of ten: nanoseconds.
inline constexpr std::uint8_t nanoseconds = 9;

// pseudo header of LINKTYPE_DVB_CI, its fields big-endian
inline constexpr std::uint8_t pseudo_header_version = 0;
inline constexpr std::uint8_t data_module_to_host = 0xFF;
inline constexpr std::uint8_t data_host_to_module = 0xFE;
inline constexpr std::uint8_t hardware = 0xFB;

/// Link layer header, EN 50221 annex A: this fragment is the last of its TPDU, or others follow.
inline constexpr std::uint8_t last_fragment = 0x00;
inline constexpr std::uint8_t more_fragments = 0x80;

constexpr std::uint8_t code_of(hardware_event what) noexcept {
    switch (what) {
    case hardware_event::module_in:
        return 0x01;
    case hardware_event::module_out:
        return 0x02;
    case hardware_event::reset: // its pin is high
        return 0x07;
    case hardware_event::ready: // its pin is high
        return 0x09;
    }
    return 0;
}

} // namespace cihost::en50221::pcapng
