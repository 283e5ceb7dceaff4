// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cihost/bytes.hpp>
#include <cihost/time.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace cihost::sim {

/// What one side said: an SPDU, whole, or the data of a TPDU that carries none.
struct recorded_message {
    /// Data_Last for an SPDU, else the tag of the TPDU; 0: bytes that are no TPDU.
    std::uint8_t tag = 0;
    bytes data;
    /// Since the beginning of the recording.
    duration at{};
    /// Number of the packet that ended it, as Wireshark counts.
    std::size_t packet = 0;
};

/// A read from the module that held more than its status.
struct recorded_block {
    struct part {
        /// Data_More, Data_Last, another tag, or 0 for bytes that are no TPDU.
        std::uint8_t tag = 0;
        /// Which of the module's messages, and what of it.
        std::size_t message = 0;
        std::size_t offset = 0;
        std::size_t size = 0;
    };
    std::vector<part> parts;
    /// SB stood in the same read.
    bool status = false;
    /// It came for an RCV; else of itself.
    bool asked = false;
    /// How much the host had said before.
    std::size_t host_messages_before = 0;
    duration at{};
    /// Since the TPDU that it answers.
    duration after{};
};

/// From one Create_T_C to the next, or to the end.
struct recorded_conversation {
    std::uint8_t tcid = 1;
    duration at{};
    duration ends_at{};
    /// The module took the connection.
    bool replied = false;
    std::vector<recorded_message> host;
    std::vector<recorded_message> module;
    std::vector<recorded_block> blocks;
    std::size_t polls = 0;
};

struct recording {
    std::string name;
    std::uint64_t unix_ns = 0;
    unsigned interface = 0;
    /// Other interfaces with DVB-CI packets in the file.
    std::vector<unsigned> others;
    std::vector<recorded_conversation> conversations;
};

/// The conversations of one interface; `interface` < 0: the first with TPDUs. Where there is
/// nothing to play `why` says so in a sentence, and there are no conversations.
recording read_recording(bytes_view file, int interface, std::string& why);

} // namespace cihost::sim
