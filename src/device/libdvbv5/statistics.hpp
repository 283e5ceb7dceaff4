// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "device/frontend.hpp"

#include <cstdint>
#include <functional>
#include <libdvbv5/dvb-fe.h>
#include <optional>

namespace cihost::device::dvbv5 {

/// What the frontend measured last, of one property (DTV_STAT_*); nullptr: nothing.
using statistics_source = std::function<const dtv_stats*(unsigned command)>;

/// Makes a signal_status of the kernel's statistics. Keeps the counters' last values: the kernel
/// counts on, a rate is what happened since the last look.
class statistics {
  public:
    /// Counters start anew.
    void tuned() noexcept;
    signal_status read(bool locked, const statistics_source& source);

  private:
    struct counts {
        std::uint64_t errors = 0;
        std::uint64_t total = 0;
    };

    std::optional<double> error_rate(const statistics_source& source);

    std::optional<counts> last_;
    bool last_after_code_ = false;
    std::optional<double> rate_;
    std::optional<std::uint64_t> blocks_before_;
};

} // namespace cihost::device::dvbv5
