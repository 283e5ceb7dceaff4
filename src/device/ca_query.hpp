// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "device/inventory.hpp"
#include "device/system_calls.hpp"

#include <cihost/error.hpp>

#include <filesystem>
#include <vector>

namespace cihost::device {

/// What a CA device is, as its driver says.
struct ca_identity {
    ca_kind kind = ca_kind::unknown;
    /// Those of a CI; none of a descrambler.
    std::vector<ca_entry::slot> slots;
};

/// Opens the device for a moment, which takes it: only when nobody holds it. Nothing but what it
/// is gets asked.
result<ca_identity> query_ca(const std::filesystem::path& node, system_calls& calls);

} // namespace cihost::device
