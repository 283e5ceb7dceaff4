// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/bytes.hpp>
#include <cihost/error.hpp>
#include <cihost/time.hpp>
#include <cihost/ts/packet.hpp>

#include <cstdint>
#include <vector>

namespace cihost::runtime {

/// A table that is new or changed, as its sections: what the pump tells the control thread.
struct table_sections {
    ts::pid_t pid = ts::pid_null;
    std::vector<bytes> sections;
    /// When the last of them was complete.
    time_point complete_at = never;
    /// Of the pump's order to receive: tells what is still under way from a multiplex left.
    std::uint64_t generation = 0;
};

/// Packets of one PID stand for another's: Host Control's replace.
struct pid_replacement {
    ts::pid_t replaced = ts::pid_null;
    ts::pid_t replacement = ts::pid_null;

    friend bool operator==(const pid_replacement&, const pid_replacement&) = default;
};

/// What the pump looks for besides PAT and CAT: what the control thread tells the pump. A value;
/// the whole of it replaces the one before.
struct stream_watch {
    struct service {
        std::uint16_t program_number = 0;
        std::vector<ts::pid_t> elementary_pids;
        /// The first of these that is on air tells when the service is clear.
        std::vector<ts::pid_t> leading_pids;
        std::vector<ts::pid_t> ecm_pids;
        /// never: only what its packets are now.
        time_point wanted_at = never;
        ts::pid_t pcr_pid = ts::pid_null;

        friend bool operator==(const service&, const service&) = default;
    };

    /// Counts the PATs seen: with another one, tables given before are new again.
    std::uint64_t pat = 0;
    /// Tables about services, events and time. Without one of them a module gets by, and so does
    /// the receiver, without what it tells.
    std::vector<ts::pid_t> si_pids{ts::pid_sdt, ts::pid_eit, ts::pid_tdt};
    std::vector<ts::pid_t> pmt_pids;
    std::vector<ts::pid_t> emm_pids;
    std::vector<service> services;
    /// A service is wanted whose PMT is not known yet.
    bool awaits_pmt = false;
    /// In recordings. Each replaced PID once.
    std::vector<pid_replacement> replacements;

    friend bool operator==(const stream_watch&, const stream_watch&) = default;
};

/// What the pump counted for one service.
struct service_figures {
    std::uint16_t program_number = 0;
    /// Of the leading stream: payload packets were seen (since it was wanted, if it is); the latest
    /// was scrambled.
    bool seen = false;
    bool scrambled_now = false;

    // since it was wanted:
    time_point wanted_at = never;
    /// First clear PES start of the leading stream.
    time_point first_clear = never;
    /// Payload packets; "before" and "after" each stream's own first clear PES start.
    std::uint64_t clear = 0;
    std::uint64_t scrambled_before_clear = 0;
    std::uint64_t scrambled_after_clear = 0;
    std::uint64_t continuity_errors = 0;
    std::uint64_t ecms = 0;
    std::uint64_t crypto_periods = 0;
};

struct recording_figures {
    std::uint64_t id = 0;
    /// Of the first packet that went to the file; never before.
    time_point started_at = never;
    /// Of the first one since the service came (back).
    time_point flowing_since = never;
    std::uint64_t packets = 0;
    /// Lost because the disk was too slow or refused.
    std::uint64_t dropped = 0;
    std::uint64_t scrambled = 0;
    std::uint64_t continuity_errors = 0;
};

struct stream_figures {
    std::uint64_t packets = 0;
    std::uint64_t continuity_errors = 0;
    std::uint64_t transport_errors = 0;
    std::uint64_t emm_sections = 0;
    /// Packets that a module descrambled and left marked scrambled; all else here, and recordings,
    /// have them as clear.
    std::uint64_t stale_scrambling_bits = 0;
    std::vector<service_figures> services;
    std::vector<recording_figures> recordings;
};

} // namespace cihost::runtime
