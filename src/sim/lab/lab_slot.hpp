// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "sim/event_log.hpp"
#include "sim/lab/lab_link.hpp"
#include "sim/lab/lab_protocol.h"
#include "sim/lab/record_channel.hpp"
#include "sim/nodes/poll_set.hpp"
#include "sim/receiver/cam_slot.hpp"

#include <cihost/time.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace cihost::sim {

/// What attribute memory says of a module. `name` and `manufacturer` are cut to 31 characters.
struct module_card {
    std::uint16_t buffer_size = 256;
    std::uint16_t manufacturer_id = 0;
    std::uint16_t card_id = 0;
    std::string manufacturer = "cihost";
    std::string name;
};

/// A CI slot of the kernel lab: brings what its driver says to the CAM, and the CAM's lines (there,
/// READY, FR) and fragments to the driver.
class lab_slot {
  public:
    /// The slot and the log outlive this.
    lab_slot(record_channel node, const module_card& card, cam_slot& slot, event_log& log);

    void prepare(poll_set& set) const;
    void serve(time_point now);
    /// When serve() is due although nothing is ready.
    time_point deadline(time_point now) const;
    const std::string& failure() const noexcept { return node_.failure(); }

  private:
    void obey(const record_channel::record& record, time_point now);
    void host_fragment(bytes_view fragment, time_point now);
    void tell_faults(time_point now);
    void tell_presence(time_point now);
    void tell_ready(time_point now);
    void tell_free(time_point now);
    void give_fragments(time_point now);
    void garbage(const record_channel::record& record, time_point now);
    /// True when it has not to be tried again.
    bool settled(record_channel::outcome outcome, const char* what, time_point now);

    record_channel node_;
    const lab_module module_;
    cam_slot& slot_;
    event_log& log_;
    lab_link link_;
    /// What the driver has been told.
    unsigned told_insertions_ = 0;
    bool told_present_ = false;
    std::optional<bool> told_ready_;
    std::uint32_t told_faults_ = 0;
    /// Asked for, without those that clear themselves.
    std::uint32_t faults_ = 0;
    /// Asked for, and not told yet.
    std::uint32_t faults_once_ = 0;
    /// FR is owed: the driver took it away with a fragment.
    bool free_owed_ = false;
    /// A record could not be written: worth a try when the node is writable.
    bool held_up_ = false;
};

} // namespace cihost::sim
