// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "sim/verify/capture_index.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

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
    /// No other place in the source begins like the recording. A stream without time stamps repeats
    /// with every loop of the source: then several are as good, and one was chosen.
    bool certain = false;
    /// Of each packet that is the same: its position in the recording and in the source.
    std::vector<std::pair<std::uint32_t, std::uint32_t>> places;
};

/// Finds where the recording begins in the source, by content, and compares from there on. Of
/// places equally good the one nearest to `expected`, a position in the source, is taken. After a
/// fault it finds its way back, so that one lost packet counts as one. Nothing when no packet at
/// the recording's beginning stands in the source.
std::optional<alignment> align(std::span<const indexed_packet> source,
                               std::span<const indexed_packet> recording,
                               std::uint32_t expected = 0);

} // namespace cihost::sim
