// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "daemon/recording_book.hpp"

#include <cihost/time.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace cihost::daemon {

/// One recording in the book.
struct recording_book::entry {
    std::uint64_t id = 0;
    kept_recording kept;
    bool outlives_daemon = true;
    /// As of recording_request.
    std::function<bool()> abandoned;
    recording_story story;
    std::vector<std::string> earlier_files;
    /// The one that a user gave, or the first part's.
    std::optional<std::filesystem::path> file;
    /// of kept.end.
    time_point end = never;
    /// A part runs, or is to.
    bool running = false;
    bool stopping = false;
    /// Why none does.
    std::string reason;
    /// It goes on in another part, and nothing of that has come yet.
    bool interrupted = false;

    time_point written_at = time_point::min();
    std::uint64_t gaps_written = 0;
    std::string state_written;
};

} // namespace cihost::daemon
