// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "en50221/conversation.hpp"
#include "policy/ca_pmt_plan.hpp"
#include "policy/cam_profile.hpp"
#include "policy/disturbance_watch.hpp"
#include "policy/host_output.hpp"
#include "policy/module_menu.hpp"
#include "policy/profile_choice.hpp"
#include "policy/rate_limit.hpp"
#include "policy/service_recovery.hpp"
#include "policy/slot_supervisor.hpp"

#include <cihost/bytes.hpp>
#include <cihost/en50221/application_info.hpp>
#include <cihost/en50221/event.hpp>
#include <cihost/error.hpp>
#include <cihost/time.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

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
    /// `profile.slot.tcid` is this slot's already. Without `choose` the profile stays what it is;
    /// else its answers take its place, each from then on.
    explicit module_host(const cam_profile& profile = {}, profile_choice choose = {});

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

    /// What comes of a wanted service behind the module. Then tick().
    void see(std::uint16_t program_number, const service_sight& sight) {
        sights_[program_number] = sight;
    }
    /// Somebody asks for the service (once more): neither it nor the module stays given up.
    void begin_anew(std::uint16_t program_number, time_point now);

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

    /// In use.
    const cam_profile& profile() const noexcept { return profile_; }
    slot_state state() const noexcept { return supervisor_.state(); }
    bool talking() const noexcept { return supervisor_.talking(); }
    bool booting(time_point now) const noexcept { return supervisor_.booting(now); }
    bool present() const noexcept { return supervisor_.present(); }
    /// The device said so.
    bool empty() const noexcept { return supervisor_.empty(); }
    bool ready() const noexcept { return supervisor_.ready(); }
    unsigned restarts() const noexcept { return supervisor_.restarts(); }
    /// A conversation ended for the sake of a service, and the next one is on its way.
    bool recovering() const noexcept {
        return recovering_ &&
               (state() == slot_state::starting || state() == slot_state::restarting);
    }
    /// How the module is asked, as far as is known of it; what is tried is not in it.
    const ca_pmt_settings& asked_as() const noexcept { return known_; }
    unsigned resets() const noexcept { return supervisor_.resets(); }
    /// What was done for a service that stays scrambled; null: it is not wanted, or not seen.
    const recovery_status* recovery(std::uint16_t program_number) const {
        return recovery_.status(program_number);
    }
    /// What comes of the service behind the module is clear, and the module is asked for it.
    bool clear(std::uint16_t program_number) const { return recovery_.clear(program_number); }
    /// It is spoken to more slowly than its profile says: it did not bear that.
    bool patient() const noexcept { return patient_; }
    /// The latest CA_PMT of the service does not fit through the device's interface.
    bool too_large(std::uint16_t program_number) const {
        return too_large_.contains(program_number);
    }
    const std::optional<en50221::application_info>& application() const noexcept {
        return application_;
    }
    /// Why the latest conversation ended, if none has come to CA_INFO since: "it stopped
    /// answering".
    const std::string& broke_off() const noexcept { return broke_off_; }
    /// What the module shows.
    const module_menu& menu() const noexcept { return menu_; }
    /// It shows something that nobody has answered.
    bool menu_waits() const noexcept {
        const auto& shown = menu_.current();
        return shown && !shown->answered;
    }
    /// It does, and a service that it is asked for stays scrambled meanwhile: it may do nothing for
    /// another one either.
    bool waits_for_answer() const;
    /// When menu_waits() last; never: it did not.
    time_point menu_gone_at() const noexcept { return recovery_.menu_gone_at(); }
    /// From READY seen to the first CA_INFO of this conversation.
    std::optional<duration> ready_to_ca_info() const noexcept { return ready_to_ca_info_; }
    /// From one TPDU to the answer to it, the longest of this conversation; 0: none was measured.
    duration slowest_answer() const noexcept { return slowest_answer_; }
    /// Counts; tells one conversation from the next.
    unsigned conversation() const noexcept { return conversation_; }
    std::uint64_t tpdus_sent() const noexcept { return tpdus_sent_; }
    std::uint64_t tpdus_received() const noexcept { return tpdus_received_; }
    /// A block as a trace holds it: [tcid][TPDU].
    bytes traced(bytes_view block) const { return talk_->traced(block); }

  private:
    void run(time_point now);
    /// Acts on what happened until nothing follows from it.
    void settle(time_point now);
    void say_farewell(time_point now);
    void act(const en50221::event& what, time_point now);
    void carry_out(slot_action action, time_point now);
    std::optional<recovery_order> next_recovery(time_point now);
    bool holds_back_newcomers() const;
    void carry_out(const recovery_order& order, time_point now);
    bool take(const recovery_order& order, time_point now);
    bool ask_otherwise(const recovery_order& order, const ca_pmt_settings& settings,
                       time_point now);
    void drop(const recovery_order& order, time_point now);
    void adopt(const recovery_order& order, time_point now);
    void see_disturbances(time_point now);
    void act(const disturbance& found, time_point now);
    void card_told(time_point now);
    /// A module other than the one before, as far as is known.
    void forget_module(time_point now);
    /// How the module is spoken to; chosen for each conversation.
    en50221::slot_settings pace() const;
    void choose_pace();
    static slot_supervisor_settings supervision(const cam_profile& profile, bool patient);
    /// What is tried for a service ends.
    void end_trials(time_point now);
    void remark_holds();
    void menu_shown(const en50221::mmi_shown& what, time_point now);
    void menu_closed(std::uint16_t session_nb);
    void menu_not_shown();
    void close_unasked_menu(time_point now);
    void queue_writes(time_point now);
    void choose_profile(std::optional<std::vector<std::uint16_t>> ca_system_ids, time_point now);
    void prepare_start(time_point now);
    void start(time_point now);
    void lose(time_point now);
    /// Logs what changed by itself.
    void remark(time_point now);
    void log(severity level, std::string message);

    cam_profile profile_;
    const profile_choice choose_;
    unsigned nameless_starts_ = 0;
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
    time_point asked_at_ = never;
    duration slowest_answer_{};
    bool farewell_ = false;
    /// Nothing is wanted of the module.
    bool resting_ = false;
    bool leaving_ = false;

    service_recovery recovery_;
    std::map<std::uint16_t, service_sight> sights_;
    /// How the module is asked, by its profile and what was found out since it was put in.
    ca_pmt_settings known_;
    /// Services that were listed by ONLY when they were added again.
    std::set<std::uint16_t> were_only_;
    /// The service that another way of listing is tried for.
    std::optional<std::uint16_t> list_tried_for_;
    /// When time to settle was tried last.
    time_point slow_start_at_ = never;
    /// Whether the service comes back with fewer others.
    struct limit_trial {
        std::uint16_t victim = 0;
        time_point until = never;
    };
    disturbance_watch disturbances_;
    std::optional<limit_trial> limit_tried_;
    /// One for each cause: an UPDATE, a withdrawal, a list.
    static constexpr unsigned most_ways = 3;
    unsigned ways_changed_ = 0;
    /// The conversation ended, or will, for the sake of a service.
    bool recovering_ = false;
    std::map<std::uint16_t, recovery_hold> holds_logged_;
    /// Of the card that was there last.
    std::optional<std::vector<std::uint16_t>> card_systems_;
    /// In this conversation: the module has told a card; it is gone since.
    bool told_card_ = false;
    bool card_left_ = false;
    bool patient_ = false;
    /// Host Control in the version that the module asked for and did not get.
    unsigned host_control_wanted_ = 0;
    unsigned host_control_ = 0;

    std::set<std::uint16_t> too_large_;
    module_menu menu_;
    std::optional<en50221::application_info> application_;
    std::optional<duration> ready_to_ca_info_;
    std::string broke_off_;
    std::uint64_t tpdus_sent_ = 0;
    std::uint64_t tpdus_received_ = 0;
    bool initialised_ = false;
    /// As logged.
    bool no_ca_support_ = false;
    bool failed_ = false;
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
