// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "daemon/recording_sidecar.hpp"
#include "daemon/service_ref.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace cihost::daemon {

/// Of a recording, what outlives the daemon.
struct kept_recording {
    /// 0: not known.
    std::uint64_t id = 0;
    service_ref service;
    /// The only receiver that it may be on.
    std::optional<std::string> receiver;
    /// Where it was.
    std::string was_on;
    std::uint16_t program_number = 0;
    std::string service_name;
    std::filesystem::path first_file;
    std::filesystem::path last_file;
    /// Parts so far.
    std::size_t parts = 0;
    /// Nothing: until it is stopped.
    std::optional<std::chrono::system_clock::time_point> end;
    /// False: it was to end with the daemon at the latest, and only its report is to be ended.
    bool goes_on = true;
};

/// What a daemon keeps of its recordings. `socket` says which daemon: two may have one folder of
/// recordings.
struct kept_state {
    std::filesystem::path socket;
    /// The number of the next recording.
    std::uint64_t next_id = 1;
    std::vector<kept_recording> recordings;
};
std::string state_text(const kept_state& state);
/// The socket of the daemon whose it is; empty: it is damaged.
std::string owner_of_state(const std::string& text);
/// It is whole, and has no recordings, also none that are not understood.
bool lists_nothing(const std::string& text);
/// What a daemon of that socket kept. Of a file that is damaged, nothing.
kept_state read_state(const std::filesystem::path& socket, const std::string& text);

struct resumed_recording {
    kept_recording kept;
    recording_story story;
};
struct resumed_state {
    std::uint64_t next_id = 1;
    std::vector<resumed_recording> recordings;
};
/// At the start; blocks. Reads the file and what lies beside the recordings, and cuts their last
/// parts to whole packets: a write may have been interrupted.
resumed_state load_state(const std::filesystem::path& socket, const std::filesystem::path& file);

} // namespace cihost::daemon
