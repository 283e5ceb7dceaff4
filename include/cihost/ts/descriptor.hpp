// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/bytes.hpp>

#include <cstdint>
#include <vector>

namespace cihost::ts {

/// One descriptor as it stands in a descriptor loop (ISO/IEC 13818-1 §2.6.1): tag, body.
struct descriptor {
    std::uint8_t tag = 0;
    /// At most 255 bytes.
    bytes body;

    friend bool operator==(const descriptor&, const descriptor&) = default;
};

using descriptor_list = std::vector<descriptor>;

} // namespace cihost::ts
