// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "policy/cam_identity.hpp"
#include "policy/cam_profile.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace cihost::policy {

/// What is known of a module when its profile is chosen.
struct profile_question {
    /// Nothing: a conversation is about to begin, and who it will be with is a guess.
    std::optional<cam_identity> who;
    /// Nothing: not told yet.
    std::optional<std::vector<std::uint16_t>> ca_system_ids;
    /// Conversations in a row, with the module that is in, that ended before it said its name.
    unsigned nameless_starts = 0;
};

/// Asked before each conversation, when the module says its name, and when it tells its CA systems:
/// before the first CA_PMT. Slot number and session numbers of the answer do not count.
using profile_choice = std::function<cam_profile(const profile_question&)>;

} // namespace cihost::policy
