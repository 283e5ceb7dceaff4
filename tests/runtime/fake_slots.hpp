// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

/// A CA device with several slots in this process, each with a simulated CAM or none, that behaves
/// like the kernel's: a module is noticed when the kernel scans, and bytes of an earlier opener
/// come first.

#include "base/unique_fd.hpp"
#include "device/ca_device.hpp"
#include "sim/cam/cam.hpp"

#include <cihost/bytes.hpp>

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace cihost::test {

/// What a test may change and look at; outlives the devices.
struct slots_world {
    struct slot {
        std::unique_ptr<sim::cam> cam;
        /// The kernel has noticed it.
        bool noticed = false;
        /// Writes hang that long, and fail.
        int write_blocks_ms = 0;
        /// It is taken out as the next write comes.
        bool leaves = false;
        std::vector<bytes> written;
    };

    /// Modules are noticed by a reset alone, as between two scans of a slot without interrupt.
    void insert(unsigned number);
    /// The module begins anew by itself: READY drops.
    void reboot(unsigned number);
    void hang(unsigned number, int ms);
    void take_out_at_write(unsigned number);
    std::vector<bytes> written(unsigned number) const;
    /// CA_PMTs that a slot's module was given.
    unsigned ca_pmts(unsigned number) const;

    mutable std::mutex mutex;
    sim::event_log no_log;
    std::array<slot, 2> slots;
    std::atomic<unsigned> resets = 0;
};

class fake_slots final : public device::ca_device {
  public:
    explicit fake_slots(slots_world& world);
    ~fake_slots() override;

    unsigned slot_count() const noexcept override { return 2; }
    int fd() const noexcept override { return near_.get(); }
    result<std::size_t> read(std::span<std::uint8_t> buffer) noexcept override;
    error_code write(bytes_view block) noexcept override;
    result<device::slot_status> status(unsigned number) noexcept override;
    error_code reset() noexcept override;

  private:
    void run();

    slots_world& world_;
    unique_fd near_;
    unique_fd far_;
    std::atomic<bool> stop_ = false;
    std::thread thread_;
};

} // namespace cihost::test
