// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/time.hpp>
#include <cihost/ts/packet.hpp>
#include <cihost/ts/section_assembler.hpp>

#include <cstdint>

namespace cihost::ts {

/// What came by on one ECM or EMM PID. Section headers only: what an ECM says is between the
/// head-end and the module.
struct ecm_status {
    /// table_id 80 and 81.
    std::uint64_t ecms = 0;
    /// Turns between 80 and 81: crypto periods passed.
    std::uint64_t changes = 0;
    /// table_id 82 to 8F.
    std::uint64_t emms = 0;
    /// Any other table_id.
    std::uint64_t others = 0;
    /// When the last ECM or EMM was complete; never until there is one.
    time_point last_section = never;
    /// 80 or 81; 0 before the first ECM.
    std::uint8_t last_ecm_table_id = 0;
};

/// Watches one PID that a CA descriptor names.
class ecm_monitor {
  public:
    /// The PID's packets in order.
    void push(packet_view packet, time_point now);
    const ecm_status& status() const noexcept { return status_; }
    void reset() noexcept;

  private:
    section_assembler sections_;
    ecm_status status_;
};

} // namespace cihost::ts
