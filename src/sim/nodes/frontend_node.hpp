// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "sim/nodes/node.hpp"
#include "sim/nodes/ports.hpp"

namespace cihost::sim {

/// frontend0: tune and status. Closing it powers the tuner down, as the DVB core does.
class frontend_node final : public node {
  public:
    frontend_node(listener listening, tuner_port& tuner, event_log& log);

  private:
    void closed(time_point now) override;
    void command(const request& asked, bytes_view payload, time_point now) override;

    tuner_port& tuner_;
};

} // namespace cihost::sim
