// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "policy/cam_adviser.hpp"
#include "policy/cam_lessons.hpp"
#include "policy/diagnosis.hpp"
#include "policy/slot_assignment.hpp"
#include "runtime/ca_link.hpp"
#include "runtime/control_queue.hpp"
#include "runtime/disk_writer.hpp"
#include "runtime/frontend_thread.hpp"
#include "runtime/host_control.hpp"
#include "runtime/multiplex.hpp"
#include "runtime/receiver.hpp"
#include "runtime/recent_figures.hpp"
#include "runtime/recording_list.hpp"
#include "runtime/stream_list.hpp"
#include "runtime/stream_pump.hpp"
#include "runtime/trace_recorder.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace cihost::runtime {

class receiver::impl {
  public:
    impl(boost::asio::io_context& context, receiver_settings settings, device_factory devices,
         log_function log);
    impl(const impl&) = delete;
    impl& operator=(const impl&) = delete;
    ~impl();

    void start();
    void tune(std::optional<device::tuning> where);
    void let_modules_tune(multiplex_finder find) { host_control_.set_finder(std::move(find)); }
    void ask_about_cams(policy::cam_adviser& adviser) { adviser_ = &adviser; }
    error_code reset_cam(unsigned slot, bool force) { return ca_.reset(slot, force); }
    error_code enter_menu(unsigned slot);
    error_code answer_menu(unsigned slot, std::uint64_t id, const policy::menu_answer& answer);
    error_code close_menu(unsigned slot);
    recording_list& recordings() { return recordings_; }
    stream_list& streams() { return streams_; }
    trace_recorder& trace() { return trace_; }
    void give_up_disk() {
        disk_.give_up();
        recordings_.give_up_disks();
    }
    /// Once and for all, beside what recordings want.
    void want_always(std::uint16_t program_number);
    void unwant_always(std::uint16_t program_number);
    void use_rules(policy::assignment_rules rules, policy::assignment_priorities priorities);

    /// The pump's latest figures reach the reports.
    void refresh();
    receiver_report report() const;
    service_verdict why(std::uint16_t program_number) const;

  private:
    /// Null: the device that is open has no such slot.
    cam* cam_in(unsigned slot);

    /// A wanted service beyond its tables; outlives modules, devices and PMTs.
    struct service_record {
        unsigned wants = 0;
        time_point wanted_at = never;
        /// First CA_PMT since it was wanted; latest one on its way to the module.
        time_point ca_pmt_at = never;
        time_point ca_pmt_handed_at = never;
        unsigned ca_pmts_sent = 0;
        /// The slot whose module was asked for it last, by its place in the list.
        std::optional<std::size_t> served_by;
        /// As last logged.
        std::optional<policy::service_cause> cause;
    };
    struct broadcast_time {
        std::chrono::sys_seconds utc;
        time_point at;
    };

    std::unique_ptr<cam> make_cam(unsigned slot, cam_hooks hooks);
    void go_to(std::optional<device::tuning> where);
    host_control_hooks make_host_control_hooks();
    host_control_situation situation() const;
    void run_cams();
    /// Leaves each wanted service to one module, by the rules and by what the modules can do.
    void assign_slots();
    /// It is on its way already.
    bool assignment_due_ = false;
    int priority_of(std::uint16_t program_number) const;
    std::vector<policy::slot_wish> slot_wishes() const;
    std::vector<ts::pid_t> streams_asked_for(const ts::pmt& table) const;
    void want(std::uint16_t program_number);
    void unwant(std::uint16_t program_number);
    void tables_came(const table_sections& table);
    /// Recordings and streams.
    void tell_taps(const multiplex_change& change);
    void time_came(const ts::time_table& time, time_point at);
    void tell_time(cam& c);
    void frontend_changed(const frontend_state& state);
    /// Tuner or stream went away; both were there at `last_there`.
    void adapter_gone(time_point last_there);
    void forget_multiplex();
    /// Tells the pump what to look for, if that changed.
    void update_watch();
    std::vector<std::uint16_t> module_systems() const;
    /// Of any module.
    std::vector<ts::pid_t> needed_si_pids() const;
    /// Of what the modules did lately.
    void learn(time_point now);
    /// Of what a module's host tried for a service.
    void note_strategy(unsigned slot, const policy::strategy_tried& news);
    std::vector<policy::observed_service> observe(const cam& by) const;
    /// Shows the modules' hosts what comes of their services.
    void show_services();
    /// Four times a second while something is wanted: logs what changed by itself.
    void look_around();
    policy::module_absence absence_of_module(std::uint16_t program);
    void look_again(time_point now);
    void look_if_due();

    /// About a multiplex that is another one than expected; empty: nothing.
    std::string multiplex_remark() const;
    std::string device_problem() const;
    std::string ca_problem() const;
    policy::service_facts facts_of(std::uint16_t program_number, time_point now) const;
    void add_stream_facts(policy::service_facts& facts) const;
    void add_module_facts(policy::service_facts& facts) const;
    const service_figures* figures_of(std::uint16_t program_number) const;
    service_report report_service(std::uint16_t program_number, time_point now) const;
    std::optional<recovery_report> report_recovery(std::uint16_t program_number) const;
    void report_signal(receiver_report& r) const;
    std::optional<double> seconds(time_point when) const;

    receiver_settings settings_;
    std::optional<device::tuning> tuning_;
    /// Counts the orders to tune; what belongs to an earlier one is told by it.
    std::uint64_t generation_ = 0;
    /// The tuner had a lock since the last of them: the stream is the one asked for.
    bool receiving_ = false;
    const device_factory devices_;
    const log_function log_;
    const time_point zero_;
    control_queue control_;
    disk_writer disk_;
    trace_recorder trace_;
    multiplex tables_;
    std::map<std::uint16_t, service_record> records_;
    policy::slot_assignment slots_;
    /// Wanted for as long as the receiver lives.
    std::set<std::uint16_t> standing_;
    /// Null: nobody knows of modules but the settings.
    policy::cam_adviser* adviser_ = nullptr;
    /// One a slot.
    std::vector<policy::cam_lessons> lessons_;
    ca_link ca_;
    stream_pump pump_;
    recording_list recordings_;
    stream_list streams_;
    host_control host_control_;
    control_timer look_timer_;
    time_point look_due_ = never;
    std::unique_ptr<frontend_thread> frontend_;

    frontend_state tuner_;
    /// When it last answered; never: it is not open.
    time_point tuner_seen_at_ = never;
    bool was_locked_ = false;
    time_point unlocked_since_;
    std::string problem_logged_;
    std::string multiplex_remark_logged_;
    pump_state stream_;
    recent_figures recent_;
    bool all_for_want_of_room_ = false;
    stream_watch watch_;
    std::optional<broadcast_time> broadcast_;
    std::chrono::minutes local_offset_;
    bool started_ = false;
};

} // namespace cihost::runtime
