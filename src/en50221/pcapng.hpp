// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

/// pcapng blocks (draft-ietf-opsawg-pcapng) with link type 235, DVB-CI: Wireshark and tshark decode
/// them. Little-endian sections, time stamps in nanoseconds.

#include <cihost/bytes.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace cihost::en50221 {

/// Section header and one interface description a slot, named.
bytes pcapng_header(std::span<const std::string> slot_names);

enum class direction { module_to_host, host_to_module };

/// One read or write of [tcid][TPDU…], as an LPDU: the kernel hides link headers, so one is
/// synthesised (tcid, "last fragment"). `unix_ns` since 1970.
bytes pcapng_tpdu(unsigned slot, direction which, bytes_view tcid_and_tpdu, std::uint64_t unix_ns,
                  std::string_view comment = {});

enum class hardware_event { module_in, module_out, ready, reset };
bytes pcapng_event(unsigned slot, hardware_event what, std::uint64_t unix_ns,
                   std::string_view comment = {});

} // namespace cihost::en50221
