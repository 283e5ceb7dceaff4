// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "sim/nodes/node.hpp"
#include "sim/nodes/ports.hpp"

#include <deque>
#include <optional>

namespace cihost::sim {

/// ca0 with one slot, 0: dvb_ca_en50221 without its virtues. What an opener has not read is kept
/// for the next one; a module that is not free blocks a write for 500 ms; while nobody has the
/// node open the module is not spoken to; removal says nothing.
class ca_node final : public node {
  public:
    ca_node(listener listening, module_port& module, event_log& log);

    /// When progress() is due without any descriptor becoming ready.
    time_point deadline(time_point now) const;

  private:
    struct blocked_write {
        /// [tcid][TPDU]
        bytes tpdu;
        time_point until{};
    };

    result<unique_fd> opened() override;
    void closed(time_point now) override;
    void command(const request& asked, bytes_view payload, time_point now) override;
    void progress(time_point now) override;
    void prepare_data(poll_set& set) const override;

    void get_slot_info(std::uint32_t slot, time_point now);
    void begin_write(bytes_view payload, time_point now);
    void retry_write(time_point now);
    void fetch(time_point now);
    bool flush();

    module_port& module_;
    unique_fd data_;
    /// The opener's end of its data channel: what is left in it at close is taken back.
    unique_fd far_end_;
    /// Messages that the data channel did not take yet, or an earlier opener did not read.
    std::deque<bytes> waiting_;
    std::optional<blocked_write> blocked_;
};

} // namespace cihost::sim
