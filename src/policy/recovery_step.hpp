// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/time.hpp>

#include <array>
#include <chrono>
#include <cstddef>

namespace cihost::policy {

/// What is tried for a service that stays scrambled, in this order: what costs nothing comes first.
enum class recovery_step {
    /// Its CA_PMT once more, as the module is told of changes.
    resend,
    /// UPDATE with not_selected, then ADD.
    add_again,
    /// Its CA descriptors on programme level.
    programme_level,
    /// Only video, audio and subtitles, at most four streams.
    few_streams,

    // From here on what runs would be touched.

    /// The whole list, FIRST, MORE …, LAST, or ONLY.
    whole_list,
    /// This service alone.
    one_at_a_time,
    /// A fresh transport connection.
    reconnect,
    /// A reset of the module.
    reset,
    /// A reset, after which the module is left alone for long before it is asked.
    slow_start,
};
inline constexpr std::array recovery_steps{
    recovery_step::resend,      recovery_step::add_again,  recovery_step::programme_level,
    recovery_step::few_streams, recovery_step::whole_list, recovery_step::one_at_a_time,
    recovery_step::reconnect,   recovery_step::reset,      recovery_step::slow_start};

constexpr std::size_t index(recovery_step step) { return static_cast<std::size_t>(step); }
/// Whether it may cost services that are clear.
constexpr bool disturbs(recovery_step step) { return step >= recovery_step::whole_list; }
/// Whether the conversation with the module ends by it.
constexpr bool restarts_module(recovery_step step) { return step >= recovery_step::reconnect; }

/// "resend", "add_again" …
const char* name(recovery_step step) noexcept;
/// What is tried, for people: "a reset of the module".
const char* describe(recovery_step step) noexcept;

/// How soon, and how often, something is done about what went wrong.
struct recovery_settings {
    /// Off: services that stay scrambled are left to themselves, and modules are dealt with as
    /// the profile says and not otherwise.
    bool enabled = true;
    /// A service that is scrambled for so long since its CA_PMT is suspected …
    duration suspect_after = std::chrono::milliseconds{500};
    /// … and something is done about it; every further step takes half as long again.
    duration act_after = std::chrono::seconds{2};
    /// From CA_PMT to clear; nothing is done before one and a half times that. Longer ones that
    /// are seen count as well.
    duration usual_clear_time{0};
    /// Without an ECM for so long there is nothing that a module could do.
    duration ecm_patience = std::chrono::seconds{10};
    /// Resets for the sake of services, and half of the fresh connections.
    unsigned resets = 2;
    duration reset_period = std::chrono::minutes{10};
    /// After the last step the CA_PMT goes out a few times more, with pauses that double.
    unsigned retries = 6;
    duration retry_first = std::chrono::seconds{30};
    duration retry_last = std::chrono::minutes{16};
};

} // namespace cihost::policy
