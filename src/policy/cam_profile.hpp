// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "policy/ca_pmt_plan.hpp"
#include "policy/recovery_step.hpp"
#include "policy/slot_supervisor.hpp"

#include <cihost/en50221/slot.hpp>
#include <cihost/time.hpp>

#include <chrono>
#include <optional>
#include <string>

namespace cihost::policy {

/// What one kind of module needs of its host; the defaults suit a module nothing is known of.
struct cam_profile {
    /// As a configuration names it: small letters, digits, hyphens and dots.
    std::string name = "default";
    /// For people: which modules, and what is special about them; a sentence.
    std::string description;
    /// Why it is not the one that was asked for; a sentence, or empty.
    std::string remark;

    en50221::slot_settings slot;
    ca_pmt_settings ca_pmt;
    slot_supervisor_settings supervision;
    recovery_settings recovery;

    /// While every slot of a link-level device is empty, it is reset every 500 ms: the kernel looks
    /// into an empty slot without interrupt only every 5 s, and a reset makes it look at once.
    bool insertion_kick = true;
    /// A menu that nobody asked for is closed after this long, because the module does nothing else
    /// while it is shown. Nothing: it stays until somebody answers it.
    std::optional<duration> close_unasked_menu_after;
    /// Tables that pass through the module besides PAT, CAT and PMTs, where not the whole multiplex
    /// does. Without one the host does not know either what it tells: names, events, the time.
    bool needs_sdt = true;
    bool needs_eit = true;
    bool needs_tdt = true;
};

} // namespace cihost::policy
