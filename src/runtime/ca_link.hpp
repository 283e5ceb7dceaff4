// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "device/ca_device.hpp"
#include "policy/back_off.hpp"
#include "policy/insertion_kick.hpp"
#include "runtime/cam.hpp"
#include "runtime/control_queue.hpp"
#include "runtime/device_factory.hpp"
#include "runtime/job_thread.hpp"

#include <cihost/bytes.hpp>
#include <cihost/time.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cihost::runtime {

/// The CA device with its slots, on the control thread: opens it (again and again while it is not
/// there), reads it, and gives each block to the slot it came from.
class ca_link {
  public:
    /// `new_cam` makes the cam of a slot seen for the first time; hooks that are the link's own
    /// (reset_wanted, status_told, device_gone) are filled in here.
    using cam_maker = std::function<std::unique_ptr<cam>(unsigned slot, cam_hooks hooks)>;

    ca_link(control_queue& control, const device_factory& devices, cam_maker new_cam,
            bool insertion_kick, log_function log);
    ca_link(const ca_link&) = delete;
    ca_link& operator=(const ca_link&) = delete;

    void start();
    bool open() const noexcept { return device_ != nullptr; }
    /// Of the device that is open.
    std::optional<device::ca_interface> interface() const noexcept {
        return device_ ? std::optional{device_->interface()} : std::nullopt;
    }
    /// Why it is not open.
    error_code error() const noexcept { return error_; }
    /// The same in sentences; empty if there is no more to say.
    const std::string& problem() const noexcept { return problem_; }
    /// One a slot; they stay when the device goes.
    const std::vector<std::unique_ptr<cam>>& cams() const noexcept { return cams_; }

    /// The adapter was unplugged some time after `last_there`: closes the device, and tries to open
    /// it again, unless that was done since then.
    void adapter_gone(time_point last_there);

    /// By somebody's order; see receiver::reset_cam().
    error_code reset(unsigned slot, bool force);

    /// Takes leave of the modules: withdraws services, ends connections. Blocks until `until` at
    /// most, plus a write that hangs. The last call.
    void farewell(time_point until);

  private:
    void try_open();
    void opened(std::shared_ptr<device::ca_device> device);
    void not_opened(const error_code& error, const std::string& why);
    void lost(error_code why);
    /// cam_hooks::explain
    void explain(const error_code& error, std::function<void(const std::string&)> done);
    void read();
    /// One read; the slot it belongs to, or nothing.
    result<std::size_t> read_one();
    void reset_wanted(unsigned slot);
    /// False: the device takes no orders.
    bool begin_reset(unsigned slot);
    /// Wakes the kernel's scan of empty slots, if it is time.
    void kick();

    control_queue& control_;
    const device_factory devices_;
    const cam_maker new_cam_;
    const log_function log_;
    std::vector<std::unique_ptr<cam>> cams_;
    std::shared_ptr<device::ca_device> device_;
    error_code error_;
    std::string problem_;
    std::unique_ptr<readable_watch> watch_;
    control_timer retry_;
    const bool kicks_wanted_;
    policy::insertion_kick kick_;
    control_timer kick_timer_;
    policy::back_off pause_;
    time_point opened_at_ = never;
    time_point lost_at_ = time_point::min();
    /// Counts the devices opened; answers for an earlier one are told by it.
    unsigned generation_ = 0;
    bool resetting_ = false;
    /// Somebody wants, or has joined, the reset that is under way.
    bool reset_by_order_ = false;
    bool kicking_ = false;
    unsigned failures_ = 0;
    bytes buffer_;
    job_thread opener_;
};

} // namespace cihost::runtime
