// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "runtime/stream_watch.hpp"
#include "ts/table_collector.hpp"

#include <cihost/time.hpp>
#include <cihost/ts/section_assembler.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <vector>

namespace cihost::runtime {

/// Gathers the tables of one PID. Each is handed over when it is complete and new; time tables,
/// which have no version, once a second at most.
class section_watch {
  public:
    /// False: no room for it now; the table is to be offered again when it comes again.
    using take_function = std::function<bool(table_sections)>;

    section_watch(ts::pid_t pid, std::vector<std::uint8_t> table_ids);

    void push(ts::packet_view packet, time_point now, const take_function& take);
    /// Packets were lost: the section under way cannot be completed.
    void interrupted() { assembler_.reset(); }
    /// All tables are new again.
    void forget();

  private:
    void push(const ts::section_view& section, time_point now, const take_function& take);

    ts::pid_t pid_;
    std::vector<std::uint8_t> table_ids_;
    ts::section_assembler assembler_;
    /// By table_id and table_id_extension.
    std::map<std::uint32_t, ts::table_collector> tables_;
    /// When a TDT or TOT was given last, by table_id.
    std::map<std::uint8_t, time_point> last_times_;
};

} // namespace cihost::runtime
