// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cihost/time.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cihost::sim {

/// What a module can do wrong for a while, whatever else it is like.
enum class cam_fault : std::uint8_t {
    /// Takes everything, obeys nothing, says nothing.
    silent,
    /// Answers late.
    slow,
    /// Random bytes in place of an answer. What it had to say stays to be fetched.
    garbage,
    /// An answer whose lengths promise more than there is.
    wrong_length,
    /// An answer for a transport connection that does not exist.
    wrong_tcid,
    /// APDUs whose length is two bytes too small.
    short_apdu,
    /// READY is away, and with it the connections.
    unready,
    /// Boots again.
    reboot,
    /// Falls out of its slot.
    removal,
};
inline constexpr unsigned cam_fault_count = 9;

/// As a personality and `cihost-sim ctl faults` write it: "silent", "wrong-length" …
const char* name(cam_fault fault) noexcept;
std::optional<cam_fault> cam_fault_of(std::string_view name) noexcept;
/// All names, separated by commas.
std::string known_cam_faults();

/// When a module has a fault by itself.
struct fault_rule {
    cam_fault fault = cam_fault::silent;
    /// Since READY; and besides, after so many TPDUs of the host.
    duration after{0};
    unsigned after_objects = 0;
    /// never: until the next boot. A reboot is at once.
    duration lasts = duration::max();
    /// One answer of so many has it (of those that garbage, wrong lengths and tcids spoil).
    unsigned every = 1;
    /// Only after the first so many boots, of those after which the module ran until then: a host
    /// or a driver that resets it right away does not use one up. 0 = each.
    unsigned boots = 0;
    /// How late an answer is, of `slow`.
    duration delay = std::chrono::milliseconds{1500};
};

} // namespace cihost::sim
