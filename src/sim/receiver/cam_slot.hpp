// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "sim/cam/cam.hpp"
#include "sim/event_log.hpp"
#include "sim/nodes/ports.hpp"

#include <cihost/time.hpp>

#include <bitset>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>

namespace cihost::sim {

/// A CI slot: a CAM that can be put in, pulled out, and made to hang, and the way of the transport
/// stream through it or past it.
class cam_slot final : public module_port {
  public:
    cam_slot(unsigned number, cam& module, event_log& log);

    unsigned number() const noexcept { return number_; }
    /// What the module asks of its host.
    cam& module() noexcept { return module_; }
    void insert(time_point now);
    void eject(time_point now);
    /// For that long the module takes nothing and says nothing, and yet claims to be READY.
    void hang(duration length, time_point now);
    time_point hung_until() const noexcept { return hung_until_; }
    /// What the module does by itself until `now`.
    void tick(time_point now) { module_.tick(now); }
    /// By hand, until told otherwise.
    void set_module_faults(std::bitset<cam_fault_count> faults, time_point now);
    /// Counts: ejected and inserted again between two looks is another module.
    unsigned insertions() const noexcept { return insertions_; }

    bool present() const override { return module_.present(); }
    bool ready(time_point now) const override { return module_.ready(now); }
    bool free(time_point now) const override { return now >= hung_until_; }
    void host_wrote(bytes_view tpdu, time_point now) override;
    std::optional<bytes> host_reads(time_point now) override;
    void reset(time_point now) override;
    time_point deadline() const override;

    /// Packets on their way to the next slot, changed in place.
    void pass(std::span<std::uint8_t> packets, time_point now);

    // What only a driver with the PCMCIA connector before it does, the kernel lab's (sim/lab):

    /// From now on the stream goes past the module until enable_ts(), and faults can be set.
    void attach_to_lab() noexcept;
    bool in_lab() const noexcept { return in_lab_; }
    void enable_ts(bool enabled, time_point now);
    void interface_reset(time_point now);
    void power_off(time_point now);
    /// Asks for lab_fault_*; the lab's module obeys them.
    void set_faults(std::uint32_t faults, time_point now);
    /// What was asked for since the last call.
    std::optional<std::uint32_t> take_new_faults() noexcept {
        return std::exchange(new_faults_, std::nullopt);
    }

  private:
    const unsigned number_;
    cam& module_;
    event_log& log_;
    time_point hung_until_{};
    unsigned insertions_ = 0;
    bool in_lab_ = false;
    bool ts_enabled_ = true;
    std::optional<std::uint32_t> new_faults_;
};

} // namespace cihost::sim
