// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "sim/verify/capture_index.hpp"

#include <cstddef>
#include <optional>
#include <span>

namespace cihost::sim {

/// How one PID's recorded packets lie on the source's.
struct alignment {
    std::size_t same = 0;
    std::size_t changed = 0;
    std::size_t missing = 0;
    std::size_t surplus = 0;
    /// Index into the recording of the first that is not as it should be.
    std::optional<std::size_t> first_mismatch;
    /// Indices into the source of the first and last packet found.
    std::size_t source_first = 0;
    std::size_t source_last = 0;
};

/// Finds where the recording begins in the source, by content, and compares from there on. After a
/// fault it finds its way back, so that one lost packet counts as one. Nothing when no packet at
/// the recording's beginning stands in the source.
std::optional<alignment> align(std::span<const indexed_packet> source,
                               std::span<const indexed_packet> recording);

} // namespace cihost::sim
