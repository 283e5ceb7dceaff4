// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "sim/headend/file_tables.hpp"
#include "sim/headend/headend.hpp"

#include <cihost/error.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cihost::sim {

/// A PID that carries the messages of one CA system.
struct ca_stream {
    std::uint16_t ca_system_id = 0;
    ts::pid_t pid = ts::pid_null;
};

/// Services under the same control words: those that share elementary streams.
struct ca_group {
    /// Our own ECMs.
    ca_stream ecm;
    /// Those of the other systems, which nobody reads.
    std::vector<ca_stream> other_ecms;
    ts::pid_filter scrambled;
};

struct planned_service {
    broadcast_service shown;
    /// From the file, without its CA descriptors.
    ts::pmt pmt;
    /// Index into service_plan::groups; nothing while in the clear.
    std::optional<std::size_t> group;
};

/// Hands out PIDs that the file does not use.
class free_pids {
  public:
    explicit free_pids(const ts::pid_filter& used)
        : used_{used} {}
    ts::pid_t take() noexcept;

  private:
    ts::pid_filter used_;
};

/// Which services are scrambled, together with which, and with messages on which PIDs.
struct service_plan {
    std::vector<planned_service> services;
    std::vector<ca_group> groups;
    ca_stream emm;
    std::vector<ca_stream> other_emms;
    std::vector<std::string> remarks;
    free_pids pids{ts::pid_filter{}};
};

/// errc::unexpected with a sentence when nothing is left to broadcast.
result<service_plan> make_plan(const file_tables& tables, const headend_settings& settings,
                               std::string& why);

} // namespace cihost::sim
