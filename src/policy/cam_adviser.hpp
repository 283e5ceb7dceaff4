// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "policy/cam_memory.hpp"
#include "policy/profile_choice.hpp"

namespace cihost::policy {

/// Who knows the modules of one receiver, and wants to learn of them.
class cam_adviser {
  public:
    cam_adviser() = default;
    cam_adviser(const cam_adviser&) = delete;
    cam_adviser& operator=(const cam_adviser&) = delete;
    virtual ~cam_adviser() = default;

    /// For the module in this slot; see profile_choice.
    virtual cam_profile choose(unsigned slot, const profile_question& question) = 0;
    /// Where it is noted; null: nothing is to be learned.
    virtual cam_memory* memory() = 0;
};

} // namespace cihost::policy
