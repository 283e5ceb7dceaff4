// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/bytes.hpp>
#include <cihost/error.hpp>
#include <cihost/ts/packet.hpp>

#include <cstdint>
#include <optional>
#include <vector>

namespace cihost::en50221 {

/// CA_enable, EN 50221 §8.4.3.5. Values not listed mean "not possible".
enum class ca_enable : std::uint8_t {
    possible = 0x01,
    possible_purchase = 0x02,
    possible_technical = 0x03,
    no_entitlement = 0x71,
    technical_reasons = 0x73,
};

/// CA_PMT_REPLY object.
struct ca_pmt_reply {
    struct stream {
        ts::pid_t elementary_pid = ts::pid_null;
        /// Nothing when CA_enable_flag is 0: the programme level counts.
        std::optional<ca_enable> enable;

        friend bool operator==(const stream&, const stream&) = default;
    };

    std::uint16_t program_number = 0;
    std::uint8_t version = 0;
    bool current_next = true;
    std::optional<ca_enable> enable;
    std::vector<stream> streams;

    friend bool operator==(const ca_pmt_reply&, const ca_pmt_reply&) = default;
};

/// Reads the body of APDU 9F8033. AlphaCrypt's two extra bytes (firmware up to 3.05) are detected
/// by length and skipped.
result<ca_pmt_reply> parse_ca_pmt_reply(bytes_view body);
/// The inverse, for simulators.
bytes serialize(const ca_pmt_reply& value);

/// What the reply says against descrambling the service, or one of its streams; nothing: nothing.
std::optional<ca_enable> refusal(const ca_pmt_reply& reply);

/// "descrambling possible", "no entitlement" … for people.
const char* describe(ca_enable value) noexcept;

} // namespace cihost::en50221
