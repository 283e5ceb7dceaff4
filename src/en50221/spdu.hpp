// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/cursor.hpp"
#include "base/writer.hpp"
#include "en50221/length.hpp"

#include <cihost/bytes.hpp>
#include <cihost/en50221/resource_id.hpp>

#include <cstdint>

/// Session layer objects, EN 50221 §7.2.
namespace cihost::en50221::spdu {

inline constexpr std::uint8_t session_number = 0x90;
inline constexpr std::uint8_t open_session_request = 0x91;
inline constexpr std::uint8_t open_session_response = 0x92;
inline constexpr std::uint8_t create_session = 0x93;
inline constexpr std::uint8_t create_session_response = 0x94;
inline constexpr std::uint8_t close_session_request = 0x95;
inline constexpr std::uint8_t close_session_response = 0x96;

/// session_status of an open_session_response.
enum class open_status : std::uint8_t {
    opened = 0x00,
    no_such_resource = 0xF0,
    unavailable = 0xF1,
    version_too_low = 0xF2,
    busy = 0xF3,
};

/// session_status of a close_session_response.
enum class close_status : std::uint8_t { closed = 0x00, not_allocated = 0xF0 };

struct object {
    std::uint8_t tag = 0;
    bytes_view body;
    /// Behind a session_number: its APDUs, which its length does not count.
    bytes_view rest;
};

/// c.ok() is false when the bytes are none.
inline object read_object(cursor& c) noexcept {
    object o;
    o.tag = c.u8();
    o.body = c.take(read_length(c));
    o.rest = c.rest();
    return o;
}

inline bytes write_session_number(std::uint16_t session_nb, bytes_view apdus) {
    writer w;
    w.u8(session_number).u8(2).u16(session_nb).raw(apdus);
    return w.take();
}

inline bytes write_open_session_response(open_status status, resource_id id,
                                         std::uint16_t session_nb) {
    writer w;
    w.u8(open_session_response).u8(7).u8(static_cast<unsigned>(status));
    w.u32(id.value).u16(session_nb);
    return w.take();
}

inline bytes write_close_session_request(std::uint16_t session_nb) {
    writer w;
    w.u8(close_session_request).u8(2).u16(session_nb);
    return w.take();
}

inline bytes write_close_session_response(close_status status, std::uint16_t session_nb) {
    writer w;
    w.u8(close_session_response).u8(3).u8(static_cast<unsigned>(status)).u16(session_nb);
    return w.take();
}

} // namespace cihost::en50221::spdu
