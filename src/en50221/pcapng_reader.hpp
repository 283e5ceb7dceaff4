// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "en50221/pcapng.hpp"

#include <cihost/bytes.hpp>
#include <cihost/error.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace cihost::en50221 {

/// One read or write of a recorded conversation: [tcid][TPDU…], put together again where the trace
/// has the fragments of a link layer.
struct traced_tpdu {
    direction which = direction::module_to_host;
    bytes tcid_and_tpdu;
};

struct trace_entry {
    /// In traces of ours the slot.
    unsigned interface = 0;
    /// Since 1970.
    std::uint64_t unix_ns = 0;
    /// Number of the packet in the file, from 1 on, as Wireshark counts.
    std::size_t packet = 0;
    std::variant<traced_tpdu, hardware_event> what;
};

/// Reads the pcapng files that pcapng.hpp writes, and those of others: either byte order, any time
/// resolution, several sections. Packets that are no DVB-CI are passed over.
class pcapng_reader {
  public:
    /// The whole file, borrowed.
    explicit pcapng_reader(bytes_view file) noexcept
        : file_{file} {}

    /// Nothing at the end. errc::wrong_tag: the file is no pcapng; errc::truncated: it ends within
    /// a block; errc::bad_length, errc::bad_value: a block contradicts itself. An error stays.
    result<std::optional<trace_entry>> next();

    /// Where the block that next() looked at begins.
    std::size_t position() const noexcept { return position_; }
    /// Packets so far, of whatever kind.
    std::size_t packets() const noexcept { return packets_; }
    /// Packets so far that are no DVB-CI, or none that this reads.
    std::size_t passed_over() const noexcept { return passed_over_; }
    /// As the file calls it; empty if it does not.
    std::string interface_name(unsigned interface) const;

  private:
    struct interface_description {
        std::uint16_t link_type = 0;
        std::string name;
        /// if_tsresol and if_tsoffset.
        std::uint8_t resolution = 6;
        std::uint64_t offset_s = 0;
    };
    class fields;

    error_code read_block(std::optional<trace_entry>& entry);
    error_code read_section_header(bytes_view body);
    error_code read_interface(bytes_view body);
    error_code read_packet(bytes_view body, std::optional<trace_entry>& entry);
    bool read_pseudo_header(bytes_view data, unsigned interface, std::optional<trace_entry>& entry);
    bool read_lpdu(direction which, bytes_view lpdu, unsigned interface,
                   std::optional<trace_entry>& entry);

    bytes_view file_;
    std::size_t position_ = 0;
    std::size_t next_ = 0;
    std::size_t packets_ = 0;
    std::size_t passed_over_ = 0;
    bool big_endian_ = false;
    error_code failed_;
    std::vector<interface_description> interfaces_;
    /// TPDUs of which fragments are missing, by interface and direction.
    std::map<std::pair<unsigned, direction>, bytes> fragments_;
};

} // namespace cihost::en50221
