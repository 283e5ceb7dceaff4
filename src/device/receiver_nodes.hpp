// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "device/inventory.hpp"

#include <vector>

namespace cihost::device {

/// adapter_entry::receivers, of the other members.
std::vector<linux_nodes> receiver_nodes(const adapter_entry& adapter);

} // namespace cihost::device
