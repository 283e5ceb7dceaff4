// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "sim/cam/behaviour.hpp"
#include "sim/cam/journal.hpp"
#include "sim/cam/service_list.hpp"

#include <cihost/time.hpp>

#include <cstdint>
#include <set>
#include <vector>

namespace cihost::sim {

/// How many of the selected services a module has descramblers for: a service is taken whole or
/// not at all, by age.
class capacity {
  public:
    capacity(const capacity_behaviour& behaviour, journal& log)
        : behaviour_{behaviour}
        , log_{log} {}

    std::vector<selected_service> fit(const std::vector<selected_service>& selected,
                                      time_point now);

  private:
    bool fits(unsigned services, std::size_t streams) const noexcept;

    capacity_behaviour behaviour_;
    journal& log_;
    /// Oldest first.
    std::vector<std::uint16_t> by_age_;
    std::set<std::uint16_t> left_out_;
};

} // namespace cihost::sim
