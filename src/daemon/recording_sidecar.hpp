// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "runtime/receiver.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace cihost::daemon {

/// Behind the name of a recording's first file: the report that lies beside it.
inline constexpr const char* sidecar_suffix = ".json";

/// A recording as the file beside it tells it: of one service and event, in one part as a rule, in
/// several when the daemon was restarted meanwhile.
struct recording_story {
    std::uint16_t program_number = 0;
    std::string service;
    std::string provider;
    /// Title of the event that ran when it began.
    std::string title;
    std::string receiver;
    std::optional<std::chrono::system_clock::time_point> planned_end;
    /// Those that are over, as in the file; and the gaps in them, and in front of the latest.
    boost::json::array parts;
    boost::json::array gaps;
    std::uint64_t gap_count = 0;
};

/// CONTROL.md has the members. `now` is the part that runs, or ran last; null: none does.
boost::json::object sidecar(const recording_story& story, const runtime::recording_report* now,
                            const std::string& state, const std::string& reason);

/// Takes up what a sidecar says of event, provider, parts and gaps: what ran is one of those that
/// are over then, its size what the file says. Of what is no sidecar, nothing.
void take_up(recording_story& story, const std::string& text);

/// The daemon was away between the last of the parts and this time.
void note_restart(recording_story& story, std::chrono::system_clock::time_point until);

/// "2026-11-22T20:15:00.250Z".
std::string iso_time(std::chrono::system_clock::time_point when);

boost::json::object to_json(const runtime::recording_gap& gap, std::size_t part);

} // namespace cihost::daemon
