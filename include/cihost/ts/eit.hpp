// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/error.hpp>
#include <cihost/ts/section.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cihost::ts {

/// Event information section, EN 300 468 §5.2.4; present/following has table_id 4E or 4F.
struct eit {
    struct event {
        std::uint16_t event_id = 0;
        /// UTC; nothing when the field is undefined (all ones) or not BCD.
        std::optional<std::chrono::sys_seconds> start;
        std::chrono::seconds length{0};
        std::uint8_t running_status = 0;
        bool free_ca_mode = false;
        /// From the short_event_descriptor (tag 4D), UTF-8.
        std::string title;
        std::string text;

        friend bool operator==(const event&, const event&) = default;
    };

    bool actual = true;
    std::uint16_t service_id = 0;
    std::uint16_t transport_stream_id = 0;
    std::uint16_t original_network_id = 0;
    std::uint8_t version = 0;
    /// 0 holds the present event, 1 the following one.
    std::uint8_t section_number = 0;
    std::vector<event> events;

    friend bool operator==(const eit&, const eit&) = default;
};

/// table_id 4E or 4F only; errc::wrong_tag for schedules.
result<eit> parse_eit_present_following(const section_view& section);

} // namespace cihost::ts
