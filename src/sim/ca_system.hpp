// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

/// The made-up CA system that the simulator's head-end and CAM share, and nobody else: how control
/// words travel in ECMs and service keys in EMMs. Keys are random and live as long as one process.

#include <cihost/bytes.hpp>
#include <cihost/error.hpp>

#include <array>
#include <cstdint>
#include <functional>
#include <optional>

namespace cihost::sim {

using control_word = std::array<std::uint8_t, 8>;
using aes_key = std::array<std::uint8_t, 16>;

/// A random control word with the two checksum bytes that DVB-CSA hardware expects (byte 3 and 7
/// are sums of the three before).
control_word make_control_word(const std::function<std::uint8_t()>& random);

struct ecm_content {
    /// Which crypto period the even and the odd control word belong to is the head-end's affair;
    /// both are always there: the current one and the next one.
    control_word even{};
    control_word odd{};
};

/// ECM section: table_id 80 or 81, short form. In clear: service key number. Under AES-128-GCM
/// with the service key: the content.
bytes make_ecm(std::uint8_t table_id, std::uint32_t service_key_number, const aes_key& service_key,
               const ecm_content& content, std::uint64_t nonce);
/// Service key number of an ECM; errc::wrong_tag, truncated.
result<std::uint32_t> ecm_key_number(bytes_view section);
/// errc::bad_value when the key does not fit.
result<ecm_content> open_ecm(bytes_view section, const aes_key& service_key);

/// EMM section (table_id 82, short form): under the card key, one service key and its number.
struct emm_content {
    std::uint32_t service_key_number = 0;
    aes_key service_key{};
};
bytes make_emm(const aes_key& card_key, const emm_content& content, std::uint64_t nonce);
result<emm_content> open_emm(bytes_view section, const aes_key& card_key);

} // namespace cihost::sim
