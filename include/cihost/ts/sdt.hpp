// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/error.hpp>
#include <cihost/ts/section.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace cihost::ts {

/// Service description section, EN 300 468 §5.2.3, table_id 42 (actual) or 46 (other), PID 0011.
struct sdt {
    struct service {
        std::uint16_t service_id = 0;
        std::uint8_t running_status = 0;
        /// free_CA_mode: the broadcaster's claim that a component is scrambled; often wrong.
        bool free_ca_mode = false;
        /// From the service_descriptor (tag 48), UTF-8; empty without one.
        std::uint8_t service_type = 0;
        std::string provider_name;
        std::string service_name;

        friend bool operator==(const service&, const service&) = default;
    };

    bool actual = true;
    std::uint16_t transport_stream_id = 0;
    std::uint16_t original_network_id = 0;
    std::uint8_t version = 0;
    std::vector<service> services;

    friend bool operator==(const sdt&, const sdt&) = default;
};

result<sdt> parse_sdt(const section_view& section);

} // namespace cihost::ts
