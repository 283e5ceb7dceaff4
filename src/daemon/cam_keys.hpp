// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "daemon/config_reader.hpp"
#include "policy/cam_profile.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cihost::daemon {

/// One value of a cam_profile as a file calls it: a key of profiles.toml, and of [cam].
struct cam_key {
    enum class kind {
        /// "poll_floor_ms" = 300; the unit is the end of the key.
        milliseconds,
        seconds,
        /// Seconds, or "never".
        seconds_or_never,
        flag,
        number,
        /// One of `words`; the value is its place.
        word,
    };
    static constexpr std::int64_t never_value = -1;

    std::string_view name;
    kind type;
    std::int64_t least;
    std::int64_t most;
    std::int64_t (*get)(const policy::cam_profile&);
    void (*set)(policy::cam_profile&, std::int64_t);
    std::span<const std::string_view> words;
    /// For people: a sentence with '%' for the value; of a flag two, false | true, of a word one
    /// for each.
    std::span<const std::string_view> sentences;

    /// What may stand there, for people.
    std::string allowed() const;
    std::string describe(std::int64_t value) const;
};

/// All of them. What belongs to the slot and not to its module (numbers of connection and
/// sessions, the tuner's delivery systems) has none.
std::span<const cam_key> cam_keys();

/// The values that a file gives, in the order of cam_keys().
using cam_values = std::vector<std::pair<const cam_key*, std::int64_t>>;

/// Every key of cam_keys() that is there; what is wrong is noted.
cam_values read_cam_values(config_reader& r);
void put(const cam_values& values, policy::cam_profile& profile);

} // namespace cihost::daemon
