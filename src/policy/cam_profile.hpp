// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "policy/ca_pmt_plan.hpp"
#include "policy/slot_supervisor.hpp"

#include <cihost/en50221/slot.hpp>
#include <cihost/time.hpp>

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace cihost::policy {

/// What one kind of module needs of its host; the defaults suit a module nothing is known of.
struct cam_profile {
    /// As a configuration names it: small letters, digits, hyphens and dots.
    std::string name = "default";
    /// For people: which modules, and what is special about them; a sentence.
    std::string description;

    en50221::slot_settings slot;
    ca_pmt_settings ca_pmt;
    slot_supervisor_settings supervision;

    /// While every slot of a link-level device is empty, it is reset every 500 ms: the kernel looks
    /// into an empty slot without interrupt only every 5 s, and a reset makes it look at once.
    bool insertion_kick = true;
    /// A menu that nobody asked for is closed after this long, because the module does nothing else
    /// while it is shown. Nothing: it stays until somebody answers it.
    std::optional<duration> close_unasked_menu_after;
    /// Tables that have to pass through the module besides PAT, CAT and PMTs.
    bool needs_sdt = true;
    bool needs_eit = true;
    bool needs_tdt = true;
};

/// Those that come with cihost.
std::span<const cam_profile> known_cam_profiles();
/// Nothing for a name that no profile has.
const cam_profile* find_cam_profile(std::string_view name);

} // namespace cihost::policy
