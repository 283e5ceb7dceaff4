// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/severity.hpp"
#include "device/ca_device.hpp"
#include "device/frontend.hpp"
#include "policy/cam_profile.hpp"
#include "policy/module_menu.hpp"

#include <cihost/en50221/application_info.hpp>
#include <cihost/error.hpp>

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cihost::runtime {

struct device_factory;

struct receiver_settings {
    std::string name = "receiver";
    /// Folder with the virtual receiver's sockets.
    std::filesystem::path virtual_device;
    /// Where it is from the start; nothing: the tuner is left to others until tune().
    std::optional<device::tuning> tuning;
    /// Take every packet the tuner gives, so that all services can be reported on; else only the
    /// tables and what is wanted: less for the machine, and for buses like USB, to carry.
    bool whole_multiplex = true;
    policy::cam_profile cam;
};

/// Multiplexes on which a service may be, the likeliest first.
using multiplex_finder = std::function<std::vector<device::tuning>(std::uint16_t service_id)>;

using cihost::severity;
struct log_record {
    severity level = severity::info;
    /// "cam", "stream", "frontend", "recording", "policy".
    std::string area;
    /// One sentence.
    std::string message;
};
using log_function = std::function<void(const log_record&)>;

/// Seconds are on the monotonic clock since the receiver was started; nothing = has not happened.
struct service_report {
    std::uint16_t program_number = 0;
    std::string name;
    std::string provider;
    bool wanted = false;
    /// Listed by the PAT; false for one that is only wanted.
    bool in_multiplex = false;
    /// By PMT: CA descriptors present. By packets: what the stream is now.
    bool ca_signalled = false;
    /// Nothing while no packets of it are looked at.
    std::optional<bool> scrambled_now;
    std::vector<std::uint16_t> ca_system_ids;
    /// Machine word ("clear", "no_module", "starting", …) and a sentence for people.
    std::string state;
    std::string reason;
    std::optional<double> wanted_at;
    std::optional<double> ca_pmt_at;
    std::optional<double> first_clear_at;
    /// first_clear_at − wanted_at, and − ca_pmt_at.
    std::optional<double> time_to_clear;
    std::optional<double> ca_pmt_to_clear;
    /// ECM sections on the service's ECM PIDs, and changes of their table_id (crypto periods).
    std::uint64_t ecms = 0;
    std::uint64_t crypto_periods = 0;
    /// Payload packets of the service's elementary streams as they come from the module, since
    /// the service was wanted.
    std::uint64_t scrambled_before_clear = 0;
    std::uint64_t scrambled_after_clear = 0;
    std::uint64_t clear_packets = 0;
    std::uint64_t continuity_errors = 0;
    unsigned ca_pmts_sent = 0;
    /// Title of the present event.
    std::string present_event;
    /// The way through the control thread: when the PMT's last change was complete in the pump,
    /// and when the TPDU of the latest CA_PMT was handed to the slot's thread.
    std::optional<double> pmt_complete_at;
    std::optional<double> ca_pmt_handed_at;
};

struct cam_report {
    unsigned slot = 0;
    /// "empty", "present", "starting", "ready", "silent", "restarting".
    std::string state;
    /// Why the device does not tell whether there is a module; empty = it does.
    std::string reason;
    std::optional<en50221::application_info> application;
    std::vector<std::uint16_t> ca_system_ids;
    /// READY seen → first ca_info, seconds.
    std::optional<double> ready_to_ca_info;
    std::uint64_t tpdus_sent = 0;
    std::uint64_t tpdus_received = 0;
    unsigned restarts = 0;
    /// What the module shows.
    std::optional<policy::shown_menu> menu;
    /// The module was asked for its menu and has not shown it (yet).
    policy::module_menu::request menu_request = policy::module_menu::request::none;
};

struct trace_report {
    std::string file;
    /// "opening", "running", "stopping", "stopped", "failed".
    std::string state;
    /// Why it failed.
    std::string reason;
    /// On the disk.
    std::uint64_t bytes = 0;
    /// Blocks that a disk too slow for them cost.
    std::uint64_t dropped_blocks = 0;
};

struct receiver_report {
    std::string name;
    /// "idle", "absent", "tuning", "locked", "no lock".
    std::string state;
    std::string reason;
    std::optional<device::tuning> tuning;
    device::signal_status signal;
    std::optional<std::uint16_t> transport_stream_id;
    std::uint64_t packets = 0;
    std::uint64_t continuity_errors = 0;
    std::uint64_t transport_errors = 0;
    std::uint64_t overflows = 0;
    std::uint64_t emm_sections = 0;
    /// Of the CA device, while it is open.
    std::optional<device::ca_interface> ca_interface;
    std::vector<cam_report> cams;
    std::vector<service_report> services;
    /// The latest trace, if there was one.
    std::optional<trace_report> trace;
    /// The slot whose module leads the receiver to a service, by Host Control.
    std::optional<unsigned> led_by_slot;
};

struct recording_report {
    std::uint64_t id = 0;
    std::uint16_t program_number = 0;
    std::string file;
    /// "waiting" (for the first clear PES), "recording", "stopped", "failed".
    std::string state;
    std::string reason;
    std::uint64_t bytes = 0;
    std::uint64_t packets = 0;
    std::uint64_t dropped_packets = 0;
    std::uint64_t scrambled_packets = 0;
    std::uint64_t continuity_errors = 0;
    std::optional<double> started_at;
};

/// One tuner with the CAM in its path, driven on the control thread (the io_context's). Owns the
/// threads that may block: one a CI slot, one for the frontend, one stream pump.
///
/// Everything keeps running when the device is absent or dies: the receiver says so in its report
/// and tries again with a back-off of 0.25…5 s.
class receiver {
  public:
    receiver(boost::asio::io_context& context, receiver_settings settings, log_function log);
    /// With other devices than the virtual receiver's.
    receiver(boost::asio::io_context& context, receiver_settings settings, device_factory devices,
             log_function log);
    receiver(const receiver&) = delete;
    receiver& operator=(const receiver&) = delete;
    /// Stops the threads; withdraws services and deletes the transport connection first if the
    /// module still answers within 500 ms. Waits 10 s for the disk at most.
    ~receiver();

    void start();

    /// Goes to another multiplex, or, with nothing, lets go of tuner and stream (the CA device
    /// stays open, so that its module stays started). Recordings and standing services stay and
    /// wait for their service to come back. Being there already does nothing.
    void tune(std::optional<device::tuning> where);

    /// Lets modules lead the receiver to other multiplexes by Host Control, while no service is
    /// recorded or wanted otherwise. Without it they may name services of the multiplex that is
    /// received, and no others.
    void let_modules_tune(multiplex_finder find);

    /// Descrambles a service for as long as the receiver lives, recorded or not. Wanting it again
    /// does nothing.
    void want(std::uint16_t program_number);

    /// Records a service by program_number; the same service may be recorded twice. Wanting it is
    /// implied for as long as it runs. The file is created by the writer thread; a failure shows
    /// in the report. Fails at once with errno EEXIST if the file exists, with EMFILE if 64
    /// recordings run. The latest 100 that have ended stay in the reports.
    result<std::uint64_t> start_recording(std::uint16_t program_number,
                                          const std::filesystem::path& file);
    /// errno ENOENT for an unknown id. `done` gets the final report once all bytes are on disk.
    error_code stop_recording(std::uint64_t id, std::function<void(recording_report)> done);
    std::vector<recording_report> recordings() const;

    /// Asks the module for its menu, which comes into the report. Errors are errno values: ENOENT
    /// no such slot, EAGAIN no module ready in it.
    error_code enter_menu(unsigned slot);
    /// Answers the display of that number; policy::module_host says what ESTALE and EINVAL mean.
    error_code answer_menu(unsigned slot, std::uint64_t id, const policy::menu_answer& answer);
    /// Ends what the module shows. ESTALE: nothing.
    error_code close_menu(unsigned slot);

    /// Writes the conversation with the modules as pcapng from now on, preceded by what was kept
    /// since the start if `from_start`. One trace at a time: errno EBUSY. EEXIST if the file
    /// exists. Without an error, `done` is called when the file is created, or gets a sentence why
    /// not.
    error_code start_trace(const std::filesystem::path& file, bool from_start,
                           std::function<void(const std::string& failed)> done = {});
    /// Bytes handed to the writer thread; errno ENOENT when none runs. `done` gets the bytes that
    /// are in the file once it is complete.
    result<std::uint64_t> stop_trace(std::function<void(std::uint64_t)> done = {});

    /// For a stop that can wait no longer: what is not on the disk is lost, no `done` is called any
    /// more, and the destructor does not wait for the disk.
    void give_up_disk();

    receiver_report report() const;

  private:
    class impl;
    std::unique_ptr<impl> impl_;
};

} // namespace cihost::runtime
