// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "en50221/conversation.hpp"
#include "policy/ca_pmt_plan.hpp"
#include "policy/cam_profile.hpp"
#include "policy/host_output.hpp"
#include "policy/module_menu.hpp"
#include "policy/rate_limit.hpp"
#include "policy/slot_supervisor.hpp"

#include <cihost/bytes.hpp>
#include <cihost/en50221/application_info.hpp>
#include <cihost/en50221/event.hpp>
#include <cihost/error.hpp>
#include <cihost/time.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace cihost::policy {

/// Everything that a host does for one CI slot and the module in it: the conversation, the watch
/// over READY (slot_supervisor), and what the module is asked for (ca_pmt_plan). Sans-I/O: no
/// clock, no device, no thread. Outlives its device: device_opened() and device_closed() as it
/// comes and goes.
///
/// Call protocol: report what happens; after each call take next() until it gives nothing, and do
/// what it says; tick() at deadline(), or whenever, and after each change to the plan. Answers that
/// come for a device that is closed must not be reported.
class module_host {
  public:
    /// `profile.slot.tcid` is this slot's already.
    explicit module_host(const cam_profile& profile = {});

    void device_opened(en50221::ca_interface interface, time_point now);
    void device_closed(time_point now);
    void status_came(bool present, bool ready, time_point now);
    void status_failed(time_point now);
    /// An empty slot may have a module soon: it is asked again then.
    void look_at(time_point when) { supervisor_.look_at(when); }
    /// The device was reset, for this slot or for a sibling.
    void reset_done(time_point now);
    /// A sibling works, or the device takes no orders: only a fresh conversation can be tried.
    void reset_refused(time_point now);

    /// One read without the slot byte: [tcid][TPDU…], or an APDU. Any bytes are allowed.
    void received(bytes_view block, time_point now);
    void write_done(unsigned conversation, time_point now);
    void write_failed(unsigned conversation, time_point now);
    /// The block could not even be handed over.
    void write_refused(unsigned conversation, time_point now);

    /// UTC at `now`; see en50221::slot::set_time().
    void set_time(std::chrono::sys_seconds utc, std::chrono::minutes local_offset, time_point now);
    /// Asks the module for its menu, which comes into menu(). EAGAIN while no module is ready.
    error_code enter_menu(time_point now);
    /// Answers the display of that number. ESTALE: it is not shown any more, or is answered;
    /// EINVAL: the answer is none to it.
    error_code answer_menu(std::uint64_t id, const menu_answer& answer, time_point now);
    /// Ends what the module shows. ESTALE: nothing.
    error_code close_menu(time_point now);

    /// See en50221::slot::ask_release() and reply_to_tune(). Without such a session nothing
    /// happens.
    void ask_release(time_point now);
    void reply_to_tune(std::uint16_t session_nb, en50221::tune_status status, time_point now);

    /// Withdraws all services, and ends the connection once the module has answered. From here on
    /// events of the module bring nothing about any more. False: there is nobody to take leave of.
    bool take_leave(time_point now);
    /// Nobody is left.
    bool gone() const noexcept { return !talk_->active(); }

    void tick(time_point now);
    time_point deadline() const;
    std::optional<host_output> next();

    /// After a change to it, tick().
    ca_pmt_plan& plan() noexcept { return plan_; }
    const ca_pmt_plan& plan() const noexcept { return plan_; }

    slot_state state() const noexcept { return supervisor_.state(); }
    bool talking() const noexcept { return supervisor_.talking(); }
    bool booting(time_point now) const noexcept { return supervisor_.booting(now); }
    bool present() const noexcept { return supervisor_.present(); }
    /// The device said so.
    bool empty() const noexcept { return supervisor_.empty(); }
    bool ready() const noexcept { return supervisor_.ready(); }
    unsigned restarts() const noexcept { return supervisor_.restarts(); }
    /// The latest CA_PMT of the service does not fit through the device's interface.
    bool too_large(std::uint16_t program_number) const {
        return too_large_.contains(program_number);
    }
    const std::optional<en50221::application_info>& application() const noexcept {
        return application_;
    }
    /// What the module shows.
    const module_menu& menu() const noexcept { return menu_; }
    /// From READY seen to the first CA_INFO.
    std::optional<duration> ready_to_ca_info() const noexcept { return ready_to_ca_info_; }
    std::uint64_t tpdus_sent() const noexcept { return tpdus_sent_; }
    std::uint64_t tpdus_received() const noexcept { return tpdus_received_; }
    /// A block as a trace holds it: [tcid][TPDU].
    bytes traced(bytes_view block) const { return talk_->traced(block); }

  private:
    void run(time_point now);
    void say_farewell(time_point now);
    void act(const en50221::event& what, time_point now);
    void carry_out(slot_action action, time_point now);
    void menu_shown(const en50221::mmi_shown& what, time_point now);
    void menu_closed(std::uint16_t session_nb);
    void menu_not_shown();
    void close_unasked_menu(time_point now);
    void queue_writes();
    void prepare_start(time_point now);
    void start(time_point now);
    void lose(time_point now);
    /// Logs what changed by itself.
    void remark(time_point now);
    void log(severity level, std::string message);

    const cam_profile profile_;
    std::unique_ptr<en50221::conversation> talk_;
    slot_supervisor supervisor_;
    ca_pmt_plan plan_;
    std::deque<host_output> outputs_;
    /// Counts; answers to writes of an earlier conversation are told by it.
    unsigned conversation_ = 0;
    /// A conversation that waits for the time of day.
    time_point start_due_ = never;
    /// The module's answer to the last TPDU came.
    bool answered_ = true;
    bool farewell_ = false;
    bool leaving_ = false;

    std::set<std::uint16_t> too_large_;
    module_menu menu_;
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
    rate_limit comings_{6, std::chrono::minutes{1}};
    /// Violations that are logged: a module can make thousands a second.
    rate_limit violations_{10, std::chrono::minutes{1}};
};

/// The program_number of a CA_PMT whose APDU begins in this TPDU, if one does.
std::optional<std::uint16_t> ca_pmt_program(bytes_view tpdu);

} // namespace cihost::policy
