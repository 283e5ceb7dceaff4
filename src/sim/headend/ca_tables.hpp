// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "sim/headend/headend.hpp"
#include "sim/headend/service_plan.hpp"

#include <cihost/bytes.hpp>
#include <cihost/error.hpp>
#include <cihost/ts/ca_descriptor.hpp>
#include <cihost/ts/pmt.hpp>

#include <chrono>
#include <cstdint>
#include <vector>

namespace cihost::sim {

/// The service's PMT with the group's CA descriptors. ES level: on each scrambled stream.
ts::pmt announce(const planned_service& service, const ca_group& group, ca_level level,
                 std::uint8_t version);

/// A CAT of one section: ours in front, then as many of the file's own systems as fit.
bytes make_cat(const service_plan& plan, const file_tables& tables);

/// An SDT for a file without: names alone.
std::vector<bytes> make_sdt(const service_plan& plan, std::uint16_t transport_stream_id);

bytes make_tdt(std::chrono::sys_seconds utc);
/// A TOT with another time.
bytes retime_tot(const bytes& tot, std::chrono::sys_seconds utc);

} // namespace cihost::sim
