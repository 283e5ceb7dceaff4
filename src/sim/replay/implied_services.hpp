// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "policy/ca_pmt_plan.hpp"
#include "sim/replay/recording.hpp"

#include <cihost/en50221/ca_pmt.hpp>
#include <cihost/en50221/event.hpp>
#include <cihost/time.hpp>

#include <cstddef>
#include <optional>

namespace cihost::sim {

/// The services that recorded CA_PMTs imply, and what the policy makes of them.
class implied_services {
  public:
    explicit implied_services(const policy::ca_pmt_settings& settings)
        : plan_{settings} {}

    /// Nothing for a message that is no CA_PMT.
    static std::optional<en50221::ca_pmt> read(const recorded_message& message);

    /// The recorded host sent this one, `value`: wants the service of that PMT, or drops it.
    void ca_pmt_recorded(const recorded_conversation& what, std::size_t index,
                         const en50221::ca_pmt& value, time_point now);
    void take(const en50221::event& told, time_point now);

    void tick(time_point now) { plan_.tick(now); }
    time_point deadline() const { return plan_.deadline(); }
    std::optional<policy::outgoing_ca_pmt> next(time_point now) { return plan_.next(now); }

  private:
    policy::ca_pmt_plan plan_;
};

} // namespace cihost::sim
