// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

/// What people, broadcasters and hardware do in the simulated weeks.

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <vector>

namespace cihost::test {

enum class deed : std::uint8_t {
    /// service: a recording begins.
    record,
    /// number: one of those that run ends.
    stop,
    /// viewer, service; a number beyond all services: switches off.
    zap,

    // service:
    pmt_version,
    move_ecms,
    move_ecms_same_version,
    change_systems,
    switch_scrambling,
    /// The PMT goes on as it is.
    switch_scrambling_unsaid,
    unlist,
    list,

    // CAM:
    pull,
    /// CAM, slot.
    insert,
    /// CAM, slot, ms between.
    move,
    /// It boots by itself.
    reboot,
    swap_card,

    // CAM, -, ms:
    hang,
    silent,
    slow,
    garbage,
    wrong_length,
    wrong_tcid,
    short_apdu,
    unready,

    // tuner, -, ms:
    lose_lock,
    unplug,

    /// -, -, ms: the host ends, with time to write what it learned, and is started again.
    restart,
    /// The same without a word.
    crash,
    /// CAM: what was learned of it, with the profile that is good for it if `which` is even.
    pin,
    unpin,
};

struct operation {
    std::chrono::milliseconds at{0};
    deed what = deed::record;
    unsigned who = 0;
    unsigned which = 0;
    unsigned ms = 0;

    friend bool operator==(const operation&, const operation&) = default;
};

/// One a minute, from the first minute on.
std::vector<operation> random_operations(std::uint64_t seed, unsigned count);

/// As C++ that makes it again.
std::ostream& operator<<(std::ostream& out, const operation& o);

} // namespace cihost::test
