// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cihost/bytes.hpp>
#include <cihost/ts/ca_descriptor.hpp>
#include <cihost/ts/packet.hpp>
#include <cihost/ts/pid_filter.hpp>
#include <cihost/ts/pmt.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace cihost::sim {

/// What a clear file says about itself, and which PIDs it uses.
struct file_tables {
    struct service {
        std::uint16_t program_number = 0;
        ts::pid_t pmt_pid = ts::pid_null;
        /// The first PMT in the file.
        ts::pmt pmt;
        bool has_pmt = false;
        /// A later PMT differs from the first.
        bool pmt_changes = false;
        /// From the SDT; empty without.
        std::string name;
    };

    bool has_pat = false;
    std::uint16_t transport_stream_id = 0;
    /// In the PAT's order.
    std::vector<service> services;
    bool has_sdt = false;
    /// Systems in the file's own CAT.
    std::vector<ts::ca_descriptor> cat;
    std::uint8_t cat_version = 0;
    /// The first TOT as it stands in the file; empty without.
    bytes tot;
    std::size_t packets = 0;
    std::size_t null_packets = 0;
    /// Carried by packets or named by a table.
    ts::pid_filter used;
    /// PIDs with a scrambled payload.
    ts::pid_filter scrambled;
    std::map<ts::pid_t, std::size_t> packets_of;
};

file_tables read_tables(bytes_view packets);

} // namespace cihost::sim
