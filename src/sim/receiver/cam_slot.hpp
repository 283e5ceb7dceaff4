// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "sim/cam/cam.hpp"
#include "sim/event_log.hpp"
#include "sim/nodes/ports.hpp"

#include <cihost/time.hpp>

namespace cihost::sim {

/// The CI slot: a CAM that can be put in, pulled out, and made to hang.
class cam_slot final : public module_port {
  public:
    cam_slot(cam& module, event_log& log);

    void insert(time_point now);
    void eject(time_point now);
    /// For that long the module takes nothing and says nothing, and yet claims to be READY.
    void hang(duration length, time_point now);

    bool present() const override { return module_.present(); }
    bool ready(time_point now) const override { return module_.ready(now); }
    bool free(time_point now) const override { return now >= hung_until_; }
    void host_wrote(bytes_view tpdu, time_point now) override;
    std::optional<bytes> host_reads(time_point now) override;
    void reset(time_point now) override;
    time_point deadline() const override;

  private:
    cam& module_;
    event_log& log_;
    time_point hung_until_{};
};

} // namespace cihost::sim
