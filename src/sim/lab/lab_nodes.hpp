// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "sim/lab/lab_air.hpp"
#include "sim/lab/lab_slot.hpp"
#include "sim/nodes/host_side.hpp"
#include "sim/receiver/receiver.hpp"

#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace cihost::sim {

/// One adapter of the kernel lab in place of device nodes of our own: programs use /dev/dvb.
class lab_nodes final : public host_side {
  public:
    /// The receiver and the log outlive this; a card for each of its slots. `why` gets a sentence
    /// when a node cannot be opened.
    static result<std::unique_ptr<lab_nodes>> open(unsigned adapter, receiver& playing,
                                                   const std::vector<module_card>& cards,
                                                   event_log& log, std::string& why);
    /// With nodes that are open already, one of `slots` for each slot of the receiver.
    lab_nodes(record_channel air, std::vector<record_channel> slots, receiver& playing,
              const std::vector<module_card>& cards, event_log& log);

    void prepare(poll_set& set) const override;
    void serve(const poll_set& set, time_point now) override;
    time_point deadline(time_point now) const override;
    void deliver(bytes_view packets, time_point now) override { air_.deliver(packets, now); }
    std::string failure() const override;

  private:
    lab_air air_;
    std::deque<lab_slot> slots_;
};

} // namespace cihost::sim
