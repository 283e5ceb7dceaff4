// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "policy/cam_profile.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace cihost::daemon {

/// What a configuration says of the modules: a profile, and single values over it. Nothing: as the
/// profile has it.
struct cam_config {
    /// The name of a known profile.
    std::optional<std::string> profile;

    std::optional<std::chrono::milliseconds> poll_floor;
    std::optional<std::chrono::milliseconds> answer_patience;
    std::optional<std::chrono::seconds> ready_patience;
    std::optional<bool> early_fetch;
    std::optional<bool> insertion_kick;
    std::optional<std::chrono::seconds> close_unasked_menu_after;

    std::optional<policy::ca_pmt_listing> listing;
    std::optional<policy::ca_pmt_change> change;
    std::optional<policy::ca_pmt_withdrawal> withdrawal;
    std::optional<std::chrono::milliseconds> settle;
    std::optional<std::chrono::milliseconds> pace;
    std::optional<unsigned> max_services;
    std::optional<unsigned> max_streams;
    std::optional<bool> presentation_streams_only;
    std::optional<bool> raise_ca_descriptors;
};

/// What the modules of a receiver are dealt with by; `own` is the profile that the receiver names
/// for itself. Both names are known ones.
policy::cam_profile cam_profile_of(const cam_config& common, const std::optional<std::string>& own);

/// Lines for people; empty when nothing was set.
std::string describe(const cam_config& value);

} // namespace cihost::daemon
