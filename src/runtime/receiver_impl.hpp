// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "runtime/ca_link.hpp"
#include "runtime/control_queue.hpp"
#include "runtime/disk_writer.hpp"
#include "runtime/frontend_thread.hpp"
#include "runtime/host_control.hpp"
#include "runtime/multiplex.hpp"
#include "runtime/receiver.hpp"
#include "runtime/recording_list.hpp"
#include "runtime/service_state.hpp"
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
    error_code enter_menu(unsigned slot);
    error_code answer_menu(unsigned slot, std::uint64_t id, const policy::menu_answer& answer);
    error_code close_menu(unsigned slot);
    recording_list& recordings() { return recordings_; }
    trace_recorder& trace() { return trace_; }
    disk_writer& disk() { return disk_; }
    /// Once and for all, beside what recordings want.
    void want_always(std::uint16_t program_number);

    /// The pump's latest figures reach the reports.
    void refresh();
    receiver_report report() const;

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
        /// As last logged.
        std::string state;
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
    void want(std::uint16_t program_number);
    void unwant(std::uint16_t program_number);
    void tables_came(const table_sections& table);
    void time_came(const ts::time_table& time);
    void tell_time(cam& c);
    void frontend_changed(const frontend_state& state);
    /// Tuner or stream went away; both were there at `last_there`.
    void adapter_gone(time_point last_there);
    void forget_multiplex();
    /// Tells the pump what to look for, if that changed.
    void update_watch();
    std::vector<std::uint16_t> module_systems() const;
    /// Every 250 ms: logs what changed by itself.
    void look_around();

    std::string device_problem() const;
    service_facts facts_of(std::uint16_t program_number, time_point now) const;
    const service_figures* figures_of(std::uint16_t program_number) const;
    service_report report_service(std::uint16_t program_number, time_point now) const;
    void report_signal(receiver_report& r) const;
    std::optional<double> seconds(time_point when) const;

    const receiver_settings settings_;
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
    /// Wanted for as long as the receiver lives.
    std::set<std::uint16_t> standing_;
    ca_link ca_;
    stream_pump pump_;
    recording_list recordings_;
    host_control host_control_;
    control_timer look_timer_;
    std::unique_ptr<frontend_thread> frontend_;

    frontend_state tuner_;
    /// When it last answered; never: it is not open.
    time_point tuner_seen_at_ = never;
    bool was_locked_ = false;
    time_point unlocked_since_;
    std::string problem_logged_;
    pump_state stream_;
    bool all_for_want_of_room_ = false;
    stream_watch watch_;
    std::optional<broadcast_time> broadcast_;
    std::chrono::minutes local_offset_;
    bool started_ = false;
};

} // namespace cihost::runtime
