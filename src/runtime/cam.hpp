// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "device/ca_device.hpp"
#include "policy/module_host.hpp"
#include "runtime/control_queue.hpp"
#include "runtime/receiver.hpp"
#include "runtime/slot_thread.hpp"
#include "runtime/trace_recorder.hpp"

#include <cihost/bytes.hpp>
#include <cihost/error.hpp>
#include <cihost/time.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace cihost::runtime {

/// What a cam tells its surroundings, on the control thread.
struct cam_hooks {
    log_function log;
    /// The list of CA systems changed, or was lost.
    std::function<void()> ca_systems_changed;
    /// A CA_PMT was decided on / its TPDU was handed to the slot's thread.
    std::function<void(std::uint16_t program_number, time_point now)> ca_pmt_sent;
    std::function<void(std::uint16_t program_number, time_point now)> ca_pmt_handed;
    /// Before a conversation: tell the module's clock by set_time().
    std::function<void()> time_needed;
    /// This slot wants its device reset; answer by was_reset() or reset_refused().
    std::function<void()> reset_wanted;
    /// The device told whether there is a module.
    std::function<void()> status_told;
    /// Puts an error of the device into words: which node, and what to do about it. That takes
    /// its time, so they come back later, on the control thread.
    std::function<void(error_code, std::function<void(const std::string&)>)> explain;
    /// The module asks something of the receiver (policy::module_asks); and: the conversation is
    /// over.
    std::function<void(const en50221::event&)> asked;
    std::function<void()> lost;
    /// A way to ask was found to help, or not to.
    std::function<void(const policy::strategy_tried&)> strategy_tried;
    /// The control thread was woken up for this slot.
    std::function<void()> awake;
    /// errno ENODEV: the device will not answer any more.
    std::function<void()> device_gone;
};

/// One CI slot and the module in it, on the control thread: a policy::module_host with a device,
/// the thread that does the blocking calls, and a trace. Outlives its device: attach() and detach()
/// as it comes and goes.
class cam {
  public:
    /// `profile.slot.tcid` is this slot's already.
    cam(control_queue& control, trace_recorder& trace, unsigned number,
        const policy::cam_profile& profile, cam_hooks hooks, policy::profile_choice choose = {});

    void attach(std::shared_ptr<device::ca_device> device);
    void detach();
    /// One read without the slot byte: [tcid][TPDU…], or an APDU.
    void received(bytes_view block);
    /// Resets the device, all its slots, on this slot's thread. False: it cannot take more jobs.
    bool reset_device(std::function<void(error_code)> done);
    /// `by_order`: somebody wanted it.
    void was_reset(bool by_order);
    /// A sibling works: only a fresh conversation can be tried.
    void reset_refused();

    /// After a change to the plan: carries out what follows from it.
    policy::ca_pmt_plan& plan() noexcept { return host_.plan(); }
    const policy::ca_pmt_plan& plan() const noexcept { return host_.plan(); }
    void run();
    /// What comes of a wanted service; then run().
    void see(std::uint16_t program_number, const policy::service_sight& sight) {
        host_.see(program_number, sight);
    }
    /// Somebody asks for a service, perhaps once more: what was given up is tried again.
    void begin_anew(std::uint16_t program_number);
    void set_time(std::chrono::sys_seconds utc, std::chrono::minutes local_offset);

    /// The state of slot and module.
    const policy::module_host& host() const noexcept { return host_; }
    /// An empty slot may have a module soon: ask again then.
    void look_at(time_point when);
    /// Why the device does not tell whether there is a module; empty = it does.
    const std::string& problem() const noexcept { return problem_; }
    /// As those of policy::module_host.
    error_code enter_menu();
    error_code answer_menu(std::uint64_t id, const policy::menu_answer& answer);
    error_code close_menu();
    /// Host Control; without such a session nothing happens.
    void ask_release();
    void reply_to_tune(std::uint16_t session_nb, en50221::tune_status status);
    cam_report report() const;

    // The end, step by step, when nobody runs the control thread's work any more; the calls block
    // as the device does. False when there is nobody (left) to take leave of.

    /// Waits for the slot's thread and withdraws all services.
    bool begin_farewell();
    /// Writes what is due; when all of it is answered, ends the connection.
    bool farewell_step();

  private:
    /// Does what the host wants done, until it wants no more.
    void obey();
    void act(const policy::write_block& order);
    void act(const policy::ask_status& order);
    void act(const policy::reset_device& order);
    void act(const policy::time_needed& need);
    void act(const policy::ca_systems_changed& news);
    void act(const policy::ca_pmt_sent& news);
    void act(const policy::hardware_changed& news);
    void act(const policy::module_asks& wish);
    void act(const policy::conversation_lost& news);
    void act(const policy::strategy_tried& news);
    void act(const policy::log_line& line);
    void status_came(device::slot_status status);
    void status_failed(const error_code& error);
    void explain_write(const error_code& error);
    /// What is known of failed writes is told once the slot was looked at: of a module that is gone
    /// they are no wonder.
    void tell_of_writes(severity level);
    void log(severity level, std::string message) const;

    /// The slot's device, or its time, woke us up.
    void wake_up();

    const control_queue& control_;
    trace_recorder& trace_;
    const unsigned number_;
    const cam_hooks hooks_;
    slot_thread thread_;
    control_timer timer_;
    std::shared_ptr<device::ca_device> device_;
    /// Answers that belong to an earlier device are told by it.
    unsigned device_generation_ = 0;
    policy::module_host host_;
    bool obeying_ = false;
    /// Why the latest question for the status failed.
    error_code status_error_;
    std::string problem_;
    /// Why writes failed since the slot was looked at last.
    std::vector<std::string> failed_writes_;
    unsigned resets_by_order_ = 0;
};

} // namespace cihost::runtime
