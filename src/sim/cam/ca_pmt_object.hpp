// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cihost/bytes.hpp>

#include <cstdint>
#include <optional>
#include <vector>

namespace cihost::sim {

/// ca_pmt_list_management and ca_pmt_cmd_id, EN 50221 §8.4.3.4.
enum class list_management : std::uint8_t { more, first, last, only, add, update };
enum class ca_pmt_command : std::uint8_t { ok_descrambling = 1, ok_mmi, query, not_selected };

/// CA_PMT as the module reads it, level by level; written apart from the host's codec on purpose.
struct ca_pmt_object {
    struct descriptor {
        std::uint16_t ca_system_id = 0;
        std::uint16_t ca_pid = 0;
    };
    /// Programme level or one elementary stream. No command: the length of the level was 0.
    struct level {
        std::optional<ca_pmt_command> command;
        std::vector<descriptor> descriptors;
    };
    struct stream {
        std::uint8_t stream_type = 0;
        std::uint16_t elementary_pid = 0;
        level own;
    };

    list_management list = list_management::only;
    std::uint16_t program_number = 0;
    std::uint8_t version = 0;
    bool current_next = true;
    level programme;
    std::vector<stream> streams;

    /// Of a stream: its own, else the programme's. Without one nothing is to be done for it.
    std::optional<ca_pmt_command> command_of(const stream& s) const noexcept;
    /// Those that govern a stream: its own if it has any, else the programme's.
    const std::vector<descriptor>& descriptors_of(const stream& s) const noexcept;
    /// What the object as a whole asks for: ok_descrambling if a stream does, else the first found.
    std::optional<ca_pmt_command> command() const noexcept;
};

/// The body of APDU 9F8032. Nothing when it is cut off, a length contradicts its contents, a field
/// has a reserved value, or a descriptor is no CA descriptor: the host has to leave those out.
std::optional<ca_pmt_object> read_ca_pmt(bytes_view body);

const char* to_text(list_management value) noexcept;
const char* to_text(ca_pmt_command value) noexcept;

} // namespace cihost::sim
