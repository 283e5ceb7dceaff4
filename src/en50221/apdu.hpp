// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/cursor.hpp"
#include "base/writer.hpp"
#include "en50221/length.hpp"

#include <cihost/bytes.hpp>

#include <cstddef>
#include <cstdint>

/// Application layer objects, EN 50221 §8.3. A tag has a meaning inside its session only.
namespace cihost::en50221::apdu {

// Resource Manager, §8.4.1
inline constexpr std::uint32_t profile_enq = 0x9F8010;
inline constexpr std::uint32_t profile = 0x9F8011;
inline constexpr std::uint32_t profile_change = 0x9F8012;
inline constexpr std::uint32_t module_id_send = 0x9F8013;
inline constexpr std::uint32_t module_id_command = 0x9F8014;
// Application Information, §8.4.2
inline constexpr std::uint32_t application_info_enq = 0x9F8020;
inline constexpr std::uint32_t application_info = 0x9F8021;
inline constexpr std::uint32_t enter_menu = 0x9F8022;
inline constexpr std::uint32_t request_cicam_reset = 0x9F8023;
inline constexpr std::uint32_t data_rate_info = 0x9F8024;
// CA Support, §8.4.3
inline constexpr std::uint32_t ca_info_enq = 0x9F8030;
inline constexpr std::uint32_t ca_info = 0x9F8031;
inline constexpr std::uint32_t ca_pmt = 0x9F8032;
inline constexpr std::uint32_t ca_pmt_reply = 0x9F8033;
/// Not in EN 50221; modules in the field send it, meaning unknown.
inline constexpr std::uint32_t ca_update = 0x9F8034;
// Host Control, §8.5.1; from 9F8404 on CI Plus and TS 103 205
inline constexpr std::uint32_t tune = 0x9F8400;
inline constexpr std::uint32_t replace = 0x9F8401;
inline constexpr std::uint32_t clear_replace = 0x9F8402;
inline constexpr std::uint32_t ask_release = 0x9F8403;
inline constexpr std::uint32_t tune_broadcast_req = 0x9F8404;
inline constexpr std::uint32_t tune_reply = 0x9F8405;
inline constexpr std::uint32_t ask_release_reply = 0x9F8406;
inline constexpr std::uint32_t tune_lcn_req = 0x9F8407;
inline constexpr std::uint32_t tune_ip_req = 0x9F8408;
inline constexpr std::uint32_t tune_triplet_req = 0x9F8409;
inline constexpr std::uint32_t tuner_status_req = 0x9F840A;
inline constexpr std::uint32_t tuner_status_reply = 0x9F840B;
// Date-Time, §8.5.2
inline constexpr std::uint32_t date_time_enq = 0x9F8440;
inline constexpr std::uint32_t date_time = 0x9F8441;
// MMI, §8.6
inline constexpr std::uint32_t close_mmi = 0x9F8800;
inline constexpr std::uint32_t display_control = 0x9F8801;
inline constexpr std::uint32_t display_reply = 0x9F8802;
inline constexpr std::uint32_t text_last = 0x9F8803;
inline constexpr std::uint32_t text_more = 0x9F8804;
inline constexpr std::uint32_t enq = 0x9F8807;
inline constexpr std::uint32_t answ = 0x9F8808;
inline constexpr std::uint32_t menu_last = 0x9F8809;
inline constexpr std::uint32_t menu_more = 0x9F880A;
inline constexpr std::uint32_t menu_answ = 0x9F880B;
inline constexpr std::uint32_t list_last = 0x9F880C;
inline constexpr std::uint32_t list_more = 0x9F880D;

inline constexpr std::size_t tag_size = 3;

struct object {
    std::uint32_t tag = 0;
    bytes_view body;
};

/// The next of an SPDU's APDUs; c.ok() is false when the rest is none. Some modules give the last
/// one a length that is 1 or 2 too small; such a remainder, too short for a tag, is part of it.
inline object read_object(cursor& c) noexcept {
    object o;
    o.tag = c.u24();
    auto length = read_length(c);
    if (length < c.left() && c.left() - length < tag_size)
        length = c.left();
    o.body = c.take(length);
    return o;
}

inline bytes write_object(std::uint32_t tag, bytes_view body = {}) {
    writer w;
    w.u24(tag);
    write_length(w, body.size());
    w.raw(body);
    return w.take();
}

} // namespace cihost::en50221::apdu
