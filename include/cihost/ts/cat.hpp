// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/error.hpp>
#include <cihost/ts/ca_descriptor.hpp>
#include <cihost/ts/section.hpp>

#include <cstdint>
#include <vector>

namespace cihost::ts {

/// Conditional access section, ISO/IEC 13818-1 §2.4.4.6, table_id 01 on PID 0001.
struct cat {
    std::uint8_t version = 0;
    /// In their order; ca_pid is an EMM PID. See emm_pids() for all of them.
    std::vector<ca_descriptor> systems;

    friend bool operator==(const cat&, const cat&) = default;
};

result<cat> parse_cat(const section_view& section);

} // namespace cihost::ts
