// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/bytes.hpp>
#include <cihost/error.hpp>
#include <cihost/ts/ca_descriptor.hpp>
#include <cihost/ts/packet.hpp>

#include <cstdint>
#include <vector>

namespace cihost::en50221 {

/// ca_pmt_list_management, EN 50221 §8.4.3.4.
enum class list_management : std::uint8_t {
    more = 0,
    first = 1,
    last = 2,
    /// One entry; the module drops every other service.
    only = 3,
    /// Keep the others; acts as update when the service is known.
    add = 4,
    update = 5,
};

/// ca_pmt_cmd_id.
enum class ca_pmt_command : std::uint8_t {
    ok_descrambling = 1,
    ok_mmi = 2,
    query = 3,
    not_selected = 4,
};

/// CA_PMT object, EN 50221 §8.4.3.4: one service as the module is told of it.
struct ca_pmt {
    struct stream {
        std::uint8_t stream_type = 0;
        ts::pid_t elementary_pid = ts::pid_null;
        std::vector<ts::ca_descriptor> ca_descriptors;

        friend bool operator==(const stream&, const stream&) = default;
    };

    list_management list = list_management::only;
    ca_pmt_command command = ca_pmt_command::ok_descrambling;
    std::uint16_t program_number = 0;
    std::uint8_t version = 0;
    bool current_next = true;
    std::vector<ts::ca_descriptor> ca_descriptors;
    std::vector<stream> streams;

    friend bool operator==(const ca_pmt&, const ca_pmt&) = default;
};

/// The body of APDU 9F8032. The command stands at every level that has CA descriptors; at
/// programme level also when no level has any.
bytes serialize(const ca_pmt& value);

/// The inverse, for simulators and traces. The command is the first one found; other descriptors
/// than CA are passed over.
result<ca_pmt> parse_ca_pmt(bytes_view body);

} // namespace cihost::en50221
