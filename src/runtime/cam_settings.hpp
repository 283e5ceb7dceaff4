// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/en50221/slot.hpp>

namespace cihost::runtime {

/// How a receiver's modules and their slots are dealt with: what a module profile may set.
struct cam_settings {
    en50221::slot_settings slot;
    /// While every slot of a link-level device is empty, it is reset every 500 ms: the kernel looks
    /// into an empty slot without interrupt only every 5 s, and a reset makes it look at once.
    bool insertion_kick = true;
};

} // namespace cihost::runtime
