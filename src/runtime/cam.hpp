// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "device/ca_device.hpp"
#include "en50221/mmi.hpp"
#include "policy/ca_pmt_plan.hpp"
#include "policy/rate_limit.hpp"
#include "policy/slot_supervisor.hpp"
#include "runtime/control_queue.hpp"
#include "runtime/conversation.hpp"
#include "runtime/receiver.hpp"
#include "runtime/slot_thread.hpp"
#include "runtime/trace_recorder.hpp"

#include <cihost/en50221/event.hpp>
#include <cihost/en50221/slot.hpp>
#include <cihost/time.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
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
    /// errno ENODEV: the device will not answer any more.
    std::function<void()> device_gone;
};

/// One CI slot and the module in it, on the control thread: brings together the conversation
/// (runtime::conversation), the watch over READY (slot_supervisor), what the module is asked for
/// (ca_pmt_plan) and the thread that does the blocking calls. Outlives its device: attach() and
/// detach() as it comes and goes.
class cam {
  public:
    cam(control_queue& control, trace_recorder& trace, unsigned number,
        const en50221::slot_settings& settings, cam_hooks hooks);

    void attach(std::shared_ptr<device::ca_device> device);
    void detach();
    /// One read without the slot byte: [tcid][TPDU…], or an APDU.
    void received(bytes_view block);
    /// Resets the device, all its slots, on this slot's thread. False: it cannot take more jobs.
    bool reset_device(std::function<void(error_code)> done);
    void was_reset();
    /// A sibling works: only a fresh conversation can be tried.
    void reset_refused();

    /// After a change to the plan: carries out what follows from it.
    policy::ca_pmt_plan& plan() noexcept { return plan_; }
    const policy::ca_pmt_plan& plan() const noexcept { return plan_; }
    void run();
    void set_time(std::chrono::sys_seconds utc, std::chrono::minutes local_offset);

    policy::slot_state state() const noexcept { return supervisor_.state(); }
    bool talking() const noexcept { return supervisor_.talking(); }
    bool booting(time_point now) const noexcept { return supervisor_.booting(now); }
    /// The device said so.
    bool empty() const noexcept { return supervisor_.empty(); }
    bool ready() const noexcept { return supervisor_.ready(); }
    /// An empty slot may have a module soon: ask again then.
    void look_at(time_point when);
    /// The latest CA_PMT of the service does not fit through the device's interface.
    bool too_large(std::uint16_t program_number) const {
        return too_large_.contains(program_number);
    }
    /// Why the device does not tell whether there is a module; empty = it does.
    const std::string& problem() const noexcept { return problem_; }
    /// Asks the module for its menu, which comes into the report object by object. ENOTSUP on a
    /// link-level device, EAGAIN while no module is ready.
    error_code enter_menu();
    cam_report report() const;

    // The end, step by step, when nobody runs the control thread's work any more; the calls block
    // as the device does. False when there is nobody (left) to take leave of.

    /// Waits for the slot's thread and withdraws all services.
    bool begin_farewell();
    /// Writes what is due; when all of it is answered, ends the connection.
    bool farewell_step();

  private:
    void act(const en50221::event& what);
    void carry_out(policy::slot_action action, time_point now);
    void ask_status();
    void status_came(device::slot_status status);
    void status_failed(const error_code& error);
    void write_failed(const error_code& error);
    void shown(const en50221::mmi_object_received& object);
    void write(bytes tpdu, time_point now);
    void start(time_point now);
    void lose(time_point now);
    /// Sets the timer for what is due next.
    void wait();
    void log(severity level, std::string message) const;

    control_queue& control_;
    trace_recorder& trace_;
    const unsigned number_;
    const cam_hooks hooks_;
    slot_thread thread_;
    control_timer timer_;
    std::shared_ptr<device::ca_device> device_;
    /// Answers that belong to an earlier device, or conversation, are told by these.
    unsigned device_generation_ = 0;
    unsigned conversation_ = 0;
    const en50221::slot_settings settings_;
    std::unique_ptr<conversation> talk_;
    policy::slot_supervisor supervisor_;
    policy::ca_pmt_plan plan_;
    bool running_ = false;
    /// The module's answer to the last TPDU came.
    bool answered_ = true;
    bool farewell_ = false;
    bool leaving_ = false;

    std::set<std::uint16_t> too_large_;
    en50221::mmi_reader menu_;
    /// Why the latest question for the status failed.
    error_code status_error_;
    std::string problem_;
    std::optional<en50221::application_info> application_;
    std::optional<duration> ready_to_ca_info_;
    std::uint64_t tpdus_sent_ = 0;
    std::uint64_t tpdus_received_ = 0;
    bool initialised_ = false;
    /// As logged.
    bool no_ca_support_ = false;
    bool unfiltered_ = false;
    bool early_fetch_ = true;
    /// A module was taken out since the last conversation.
    bool left_ = false;
    /// A module that the kernel cannot start comes and goes.
    policy::rate_limit comings_{6, std::chrono::minutes{1}};
    /// Violations that are logged: a module can make thousands a second.
    policy::rate_limit violations_{10, std::chrono::minutes{1}};
};

/// The program_number of a CA_PMT whose APDU begins in this TPDU, if one does.
std::optional<std::uint16_t> ca_pmt_program(bytes_view tpdu);

} // namespace cihost::runtime
