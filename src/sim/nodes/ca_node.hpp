// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "sim/nodes/node.hpp"
#include "sim/nodes/ports.hpp"
#include "sim/nodes/slot_channel.hpp"

#include <deque>
#include <vector>

namespace cihost::sim {

/// ca0 with its slots: dvb_ca_en50221 without its virtues. What an opener has not read is kept for
/// the next one; while nobody has the node open no module is spoken to; removal says nothing.
class ca_node final : public node {
  public:
    /// A slot for each module, protocol::max_slots at most.
    ca_node(listener listening, const std::vector<module_port*>& modules, event_log& log);

    /// When progress() is due without any descriptor becoming ready.
    time_point deadline(time_point now) const;

  private:
    result<std::vector<unique_fd>> opened() override;
    void closed(time_point now) override;
    void command(const request& asked, bytes_view payload, time_point now) override;
    void progress(const poll_set& set, time_point now) override;
    void prepare_data(poll_set& set) const override;

    void fetch(time_point now);
    bool fetch_one(std::uint8_t slot, time_point now);
    bool flush();

    std::vector<slot_channel> slots_;
    unique_fd data_;
    /// The opener's end of its data channel: what is left in it at close is taken back.
    unique_fd far_end_;
    /// Messages that the data channel did not take yet, or an earlier opener did not read.
    std::deque<bytes> waiting_;
};

} // namespace cihost::sim
