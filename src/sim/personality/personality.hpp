// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "sim/cam/cam.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cihost::sim {

/// One kind of module, as a file NAME.cam.toml describes it.
struct personality {
    /// The file's, without its endings.
    std::string name;
    /// For people: which modules, and what is special about them; a sentence.
    std::string description;
    /// The cam_profile with which a host works with it; empty: any good host does as it is.
    std::string host_profile;
    /// Without card key and EMMs: those are the head-end's.
    cam_settings module;
};

struct personality_outcome {
    personality value;
    /// "FILE:LINE: KEY WHAT", one for each thing wrong; `value` is of use only without any.
    std::vector<std::string> problems;

    bool ok() const noexcept { return problems.empty(); }
};

/// `broadcast_system` stands where the text says "broadcast": the head-end's CA system.
personality_outcome read_personality(std::string_view text, std::string_view file,
                                     std::uint16_t broadcast_system);

/// One that comes with the program.
struct ready_made_personality {
    std::string_view name;
    std::string_view text;
};
/// By name.
std::span<const ready_made_personality> ready_made_personalities();

/// A name of a ready-made one; or, with a slash in it or ".toml" at its end, a file.
personality_outcome load_personality(const std::string& name_or_file,
                                     std::uint16_t broadcast_system);

} // namespace cihost::sim
