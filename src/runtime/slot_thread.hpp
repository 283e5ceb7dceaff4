// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "device/ca_device.hpp"
#include "runtime/control_queue.hpp"
#include "runtime/job_thread.hpp"

#include <cihost/bytes.hpp>
#include <cihost/error.hpp>

#include <functional>
#include <memory>
#include <optional>

namespace cihost::runtime {

/// The thread of one CI slot: makes the calls on a CA device that block. A hung module delays its
/// own slot and nothing else. Completions run on the control thread.
///
/// Each job keeps its device alive, so a device that was given up is closed here and not on the
/// control thread (see release()).
class slot_thread {
  public:
    using device_ptr = std::shared_ptr<device::ca_device>;

    explicit slot_thread(control_queue& control);

    /// A completion that brings no news wakes nobody up: see control_queue::post_quietly().
    enum class success { told, quiet };

    /// False: too many jobs wait; `done` is never called.
    bool write(device_ptr device, bytes slot_and_tpdu, success how,
               std::function<void(error_code)> done);
    /// Quiet when the answer is the expected one.
    bool ask_status(device_ptr device, unsigned slot, std::optional<device::slot_status> expected,
                    std::function<void(result<device::slot_status>)> done);
    bool reset(device_ptr device, std::function<void(error_code)> done);
    /// Lets go of a device on this thread: close() may block.
    void release(device_ptr device);
    /// Waits for the call in hand (at most the device's own 0.5 s), drops the rest.
    void stop() { jobs_.stop(); }

  private:
    void tell(std::function<void()> news, bool quietly);

    control_queue& control_;
    job_thread jobs_;
};

} // namespace cihost::runtime
