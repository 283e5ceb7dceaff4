// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/cursor.hpp"
#include "en50221/length.hpp"

#include <cihost/bytes.hpp>

#include <cstddef>
#include <cstdint>

/// Transport layer objects, EN 50221 §7.1.
namespace cihost::en50221::tpdu {

inline constexpr std::uint8_t sb = 0x80;
inline constexpr std::uint8_t rcv = 0x81;
inline constexpr std::uint8_t create_t_c = 0x82;
inline constexpr std::uint8_t c_t_c_reply = 0x83;
inline constexpr std::uint8_t delete_t_c = 0x84;
inline constexpr std::uint8_t d_t_c_reply = 0x85;
inline constexpr std::uint8_t request_t_c = 0x86;
inline constexpr std::uint8_t new_t_c = 0x87;
inline constexpr std::uint8_t t_c_error = 0x88;
inline constexpr std::uint8_t data_last = 0xA0;
inline constexpr std::uint8_t data_more = 0xA1;

/// SB_value, bit 7: the module has data waiting for RCV.
inline constexpr std::uint8_t sb_data_available = 0x80;
/// T_C_Error: no transport connections available.
inline constexpr std::uint8_t no_connection_available = 0x01;

/// Data bytes in one host TPDU, so that a device write with slot and connection id stays within
/// 4096 bytes, the buffer of most hosts and modules.
inline constexpr std::size_t max_data = 4096 - 2 - 5;

struct object {
    std::uint8_t tag = 0;
    std::uint8_t tcid = 0;
    bytes_view data;
};

/// The next object of a block; c.ok() is false when the rest is none.
inline object read_object(cursor& c) noexcept {
    object o;
    o.tag = c.u8();
    const auto length = read_length(c);
    cursor body{c.take(length)};
    if (length == 0) // every object carries at least its connection id
        c.fail();
    o.tcid = body.u8();
    o.data = body.rest();
    return o;
}

/// What the device takes: [tcid][tag, length, tcid, data].
inline bytes write_object(std::uint8_t tag, std::uint8_t tcid, bytes_view data = {}) {
    writer w;
    w.u8(tcid).u8(tag);
    write_length(w, 1 + data.size());
    w.u8(tcid).raw(data);
    return w.take();
}

} // namespace cihost::en50221::tpdu
