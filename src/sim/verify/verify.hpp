// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cihost/ts/packet.hpp>

#include <boost/json/object.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cihost::sim {

/// What to prove: that recordings hold what the head-end put on air, bit for bit.
struct verify_settings {
    struct recording {
        std::string file;
        std::uint16_t program_number = 0;
    };

    /// What the head-end produced, in the clear.
    std::string source;
    /// The same, scrambled; empty = not looked at.
    std::string on_air;
    std::vector<recording> recordings;
    /// A recording that ends more seconds before the source is a problem. Nothing = recordings may
    /// have been stopped any time.
    std::optional<double> max_tail_seconds;
};

/// One elementary PID of a recording beside the same PID of the source. Packets are those with a
/// payload, counted within their PID.
struct verified_stream {
    ts::pid_t pid = ts::pid_null;
    std::uint8_t stream_type = 0;
    std::size_t packets_in_recording = 0;
    /// Found in the source, byte for byte, in their order.
    std::size_t packets_compared = 0;
    /// In the place of a source packet, with other bytes.
    std::size_t changed = 0;
    /// In the source between two recorded packets, but not in the recording.
    std::size_t missing = 0;
    /// In the recording, and nowhere in the source at that point.
    std::size_t surplus = 0;
    /// With transport_scrambling_control other than 00.
    std::size_t scrambled = 0;
    std::uint64_t continuity_errors = 0;
    /// Number, in the recording, of the first packet that is not as it should be.
    std::optional<std::size_t> first_mismatch;
    /// First and last recorded packet, counted in the source; nothing when none was found there.
    std::optional<std::size_t> source_first;
    std::optional<std::size_t> source_last;
    /// Source packets behind the last recorded one, and how long they last.
    std::size_t tail_packets = 0;
    double tail_seconds = 0;
};

struct verified_recording {
    std::string file;
    std::uint16_t program_number = 0;
    std::vector<verified_stream> streams;
    std::size_t packets_compared = 0;
    bool starts_with_tables = false;
    bool pmt_has_ca_descriptors = false;
    /// From its first packet to its last, by the source's clock.
    double seconds = 0;
    /// How long the source goes on behind the recording's last packet.
    double tail_seconds = 0;
    /// Every packet between the first and the last of each PID is there, as the source has it.
    bool identical = false;
    /// Each a sentence; empty = proven.
    std::vector<std::string> problems;
};

/// Audio and video packets of one service on air.
struct verified_service {
    std::uint16_t program_number = 0;
    /// Its PMT has CA descriptors.
    bool ca_descriptors = false;
    std::uint64_t scrambled_packets = 0;
    std::uint64_t clear_packets = 0;
};

struct verify_report {
    double source_seconds = 0;
    std::vector<verified_recording> recordings;
    std::vector<verified_service> on_air;
    /// What is not about one recording.
    std::vector<std::string> problems;

    /// Something was compared, and there are no problems.
    bool passed() const noexcept;
};

verify_report verify(const verify_settings& settings);
boost::json::object to_json(const verify_report& report);

} // namespace cihost::sim
