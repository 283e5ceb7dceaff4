// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "policy/ca_pmt_plan.hpp"
#include "sim/replay/recording.hpp"

#include <cihost/bytes.hpp>
#include <cihost/en50221/slot.hpp>
#include <cihost/time.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace cihost::sim {

struct replay_settings {
    /// The module speaks no sooner than it did; else as soon as the host has said what came before.
    bool recorded_pace = false;
    /// How long a message of the recorded host is waited for.
    duration patience = std::chrono::seconds{5};
    en50221::slot_settings slot;
    policy::ca_pmt_settings ca_pmt;
};

/// Something that the module would notice.
struct replay_difference {
    enum class kind {
        /// The recorded host said it, this one does not.
        missing,
        /// This host says it, the recorded one did not.
        extra,
        /// Both say it, with different content.
        changed,
        /// This host ends the conversation.
        ended,
    };
    kind what = kind::missing;
    /// Where in the recording; the packet is 0 where none belongs to it.
    duration at{};
    std::size_t packet = 0;
    /// "profile", "CA_PMT" …
    std::string name;
    bytes recorded;
    bytes now;
};

struct replay_report {
    std::size_t module_messages = 0;
    std::size_t host_messages = 0;
    std::vector<replay_difference> differences;

    // what does not matter
    std::size_t polls_recorded = 0;
    std::size_t polls_now = 0;
    bool other_session_numbers = false;
    std::size_t dates = 0;
    /// Messages said sooner or later than others of other sessions.
    std::size_t reordered = 0;
    /// Said when the recording was over.
    std::size_t afterwards = 0;
    /// What users and other programs caused, and this host cannot be asked for.
    std::vector<std::string> not_asked_for;
    /// What the host complains about.
    std::vector<std::string> violations;
};

/// Plays the module's part of a recording to the host stack, in simulated time. The host's clock is
/// that of the recording. For each CA_PMT recorded the policy is given the PMT that it implies, and
/// decides anew; queries, which it never makes, are handed to the stack as they are. What the
/// recorded host's user did in menus is asked of this host as soon as it shows them.
replay_report replay(const recording& what, const replay_settings& settings = {});

} // namespace cihost::sim
