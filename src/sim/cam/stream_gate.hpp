// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "sim/cam/behaviour.hpp"

#include <cihost/time.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace cihost::sim {

/// What the module has to know or to have done before it descrambles: tables that came along, the
/// date, a menu that is not shown any more, a PIN. The descrambler and the applications tell, the
/// descrambler asks.
class stream_gate {
  public:
    stream_gate(const need_behaviour& needs, const menu_behaviour& menu);

    void reset();

    const std::vector<std::uint16_t>& table_pids() const noexcept { return needs_.table_pids; }
    void table_seen(std::uint16_t pid, time_point now) { seen_[pid] = now; }
    void date_known() noexcept { date_known_ = true; }
    void menu_blocks(bool blocked) noexcept { menu_blocks_ = blocked; }
    void pin_given() noexcept { pin_given_ = true; }

    /// Whether the PIN is still awaited for that service.
    bool locked(std::uint16_t program_number) const;
    /// What is missing for any descrambling, as words for the log; empty = nothing.
    std::string missing(time_point now) const;

  private:
    need_behaviour needs_;
    bool pin_needed_;
    std::set<std::uint16_t> pin_services_;
    std::map<std::uint16_t, time_point> seen_;
    bool date_known_ = false;
    bool menu_blocks_ = false;
    bool pin_given_ = false;
};

} // namespace cihost::sim
