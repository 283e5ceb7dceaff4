// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>

namespace cihost::daemon {

struct replace_options {
    /// Bytes on the disk that the file keeps for what it is to hold later, where the file system
    /// can.
    std::size_t reserve = 0;
    /// When the disk has no room for another file, this one is written over, in the room that it
    /// has. A loss of power in that moment leaves it damaged.
    bool in_place_if_full = false;
    /// As open(2) for writing, created or emptied: a descriptor, or -1 and errno. For tests.
    std::function<int(const std::filesystem::path&)> open = {};
};

/// All or nothing: the text goes to a file beside it ("a.json.new") that takes its place when it is
/// on the disk. Whenever the daemon or the machine dies, the file is whole, of before or of after.
/// Empty, or why not; then nothing stays beside it. Blocks.
std::string replace_file(const std::filesystem::path& file, const std::string& text,
                         const replace_options& how = {});

} // namespace cihost::daemon
