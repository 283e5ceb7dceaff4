// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/bytes.hpp>
#include <cihost/error.hpp>
#include <cihost/ts/descriptor.hpp>
#include <cihost/ts/packet.hpp>

#include <cstdint>
#include <vector>

namespace cihost::ts {

/// CA_descriptor, ISO/IEC 13818-1 §2.6.16, tag 09. In a PMT ca_pid carries ECMs, in a CAT EMMs.
struct ca_descriptor {
    static constexpr std::uint8_t tag = 0x09;

    std::uint16_t ca_system_id = 0;
    pid_t ca_pid = pid_null;
    /// Handed to the module unchanged.
    bytes private_data;

    friend bool operator==(const ca_descriptor&, const ca_descriptor&) = default;
};

/// errc::wrong_tag for another tag, errc::truncated below 4 bytes.
result<ca_descriptor> parse_ca_descriptor(const descriptor& d);

/// The CA descriptors of a loop in their order; malformed ones are left out.
std::vector<ca_descriptor> ca_descriptors(const descriptor_list& loop);

/// False where ca_pid is a placeholder, 0000 or 1FFF: no message of the system comes by this
/// descriptor. BISS (CA_system_id 26xx) has no other.
bool names_pid(const ca_descriptor& d) noexcept;

/// All PIDs that carry EMMs by one CAT descriptor: ca_pid, and for Seca Mediaguard (CA_system_id
/// 01xx) the further 13-bit PIDs of its private data: a count byte, then entries of 4 bytes that
/// begin with the PID. PIDs 0000 and 1FFF name nothing and are left out.
std::vector<pid_t> emm_pids(const ca_descriptor& d);

/// Usual name of the system that a CA_system_id belongs to ("Viaccess"), for people only; never
/// matched on. Empty if unknown.
const char* ca_system_name(std::uint16_t ca_system_id) noexcept;

} // namespace cihost::ts
