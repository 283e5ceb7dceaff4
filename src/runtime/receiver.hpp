// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "device/ca_device.hpp"
#include "device/frontend.hpp"
#include "policy/assignment.hpp"
#include "policy/cam_adviser.hpp"
#include "policy/cam_profile.hpp"
#include "policy/diagnosis.hpp"
#include "policy/module_menu.hpp"
#include "runtime/recording_gaps.hpp"

#include <cihost/bytes.hpp>
#include <cihost/en50221/application_info.hpp>
#include <cihost/error.hpp>
#include <cihost/log_record.hpp>

#include <boost/asio/io_context.hpp>

#include <chrono>
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
    /// Which slot services belong in, and who goes first where a module is short of room.
    policy::assignment_rules rules;
    policy::assignment_priorities priorities;
};

/// Multiplexes on which a service may be, the likeliest first.
using multiplex_finder = std::function<std::vector<device::tuning>(std::uint16_t service_id)>;

using cihost::log_function;
using cihost::log_record;
using cihost::severity;

/// What was done for a service that stayed scrambled although its ECMs came.
struct recovery_report {
    struct step {
        /// "resend", "add_again", …: policy::recovery_step.
        std::string name;
        unsigned times = 0;
        /// The latest; and for how long the service had been scrambled then, seconds.
        double at = 0;
        double scrambled_for = 0;
    };
    /// "none", "suspect", "trying", "held", "given_up".
    std::string state;
    /// What the next step waits for: "ecm", "menu", "refused", "running_services"; empty: nothing.
    std::string waits_for;
    /// What made the service clear, the last time that it needed something: a step's name, or
    /// "menu", what the module showed and somebody dealt with; empty: nothing so far.
    std::string helped;
    /// Since the service is wanted, those that were made.
    std::vector<step> steps;
};

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
    /// policy::name() of its cause, but "clear" for all that policy::is_clear(); and a sentence for
    /// people.
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
    /// The slot whose module it is left to.
    std::optional<unsigned> slot;
    /// Why that one or none; empty while nothing was to decide.
    std::string assignment;
    /// Elementary streams that a module is asked for: policy::assignment_wish::streams.
    std::vector<std::uint16_t> streams;
    /// Title of the present event.
    std::string present_event;
    /// The way through the control thread: when the PMT's last change was complete in the pump,
    /// and when the TPDU of the latest CA_PMT was handed to the slot's thread.
    std::optional<double> pmt_complete_at;
    std::optional<double> ca_pmt_handed_at;
    /// Nothing while no module is asked for it.
    std::optional<recovery_report> recovery;
};

/// Why a service is clear, or not, on one receiver.
struct service_verdict {
    policy::diagnosis found;
    /// What can be done about it; empty: nothing.
    std::string remedy;
    std::vector<policy::diagnosis::evidence> evidence;
};

struct cam_report {
    unsigned slot = 0;
    /// policy::name(slot_state): "empty", "present", "starting", "ready", …
    std::string state;
    /// Why the device does not tell whether there is a module; else what the state means, where its
    /// word does not say all.
    std::string reason;
    std::optional<en50221::application_info> application;
    /// The name of the profile that it is dealt with by.
    std::string profile;
    /// Why it is not the one that was asked for; empty: it is.
    std::string profile_remark;
    std::vector<std::uint16_t> ca_system_ids;
    /// READY seen → first ca_info, seconds.
    std::optional<double> ready_to_ca_info;
    std::uint64_t tpdus_sent = 0;
    std::uint64_t tpdus_received = 0;
    unsigned restarts = 0;
    /// Why no service can be on it; empty: none is known.
    std::string unusable;
    /// It names no CA systems and is asked for anything.
    bool takes_all = false;
    /// See policy::module_host.
    bool waits_for_answer = false;
    /// What it is asked for at most; 0: no limit.
    unsigned max_services = 0;
    unsigned max_streams = 0;
    /// Of its device, which are those of all its slots: the one after opening it among them, and
    /// those by somebody's order, receiver::reset_cam().
    unsigned resets = 0;
    unsigned resets_by_order = 0;
    /// More slowly than its profile says: it did not bear that.
    bool spoken_to_slowly = false;
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
    /// Packets whose scrambling bits the module left set although they are clear.
    std::uint64_t stale_scrambling_bits = 0;
    /// Of the CA device, while it is open.
    std::optional<device::ca_interface> ca_interface;
    /// Why there is none, or none with a slot; may begin with a small letter. Empty: all is well,
    /// or not known yet.
    std::string ca_problem;
    std::vector<cam_report> cams;
    std::vector<service_report> services;
    /// The latest trace, if there was one.
    std::optional<trace_report> trace;
    /// The slot whose module leads the receiver to a service, by Host Control.
    std::optional<unsigned> led_by_slot;
};

struct recording_order {
    std::uint16_t program_number = 0;
    std::filesystem::path file;
    /// One that exists gets a number behind its name, and its folder is created.
    bool any_name = false;
    /// Behind the file's name: what else must not exist; or nothing.
    std::string beside = {};
    /// The number that it has in reports and in the log; nothing: the receiver's next.
    std::optional<std::uint64_t> id = {};
};
/// The file is there, under this name; or an error says why not, and the recording has never been.
using recording_created = std::function<void(const error_code&, const std::filesystem::path&)>;

/// Takes whole packets of one service, a tenth of a second or 64 KiB at a time. Called on the
/// pump's thread: it must not block, and may be called once more after the stream was stopped.
using stream_sink = std::function<void(const std::shared_ptr<const bytes>&)>;

struct recording_report {
    std::uint64_t id = 0;
    std::uint16_t program_number = 0;
    std::string file;
    /// "waiting" (for the first clear PES), "recording", "stopped", "failed".
    std::string state;
    /// Why it waits or failed; of one that records: what is wrong with the disk.
    std::string reason;
    std::uint64_t bytes = 0;
    std::uint64_t packets = 0;
    std::uint64_t dropped_packets = 0;
    std::uint64_t scrambled_packets = 0;
    std::uint64_t continuity_errors = 0;
    std::optional<double> started_at;
    /// The same on the system's clock.
    std::optional<std::chrono::system_clock::time_point> began;
    /// The first of them; and how many there are.
    std::vector<recording_gap> gaps;
    std::uint64_t gap_count = 0;
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

    /// Before start(): who chooses the profiles of the modules, in place of receiver_settings::cam,
    /// and learns of them. Outlives the receiver.
    void ask_about_cams(policy::cam_adviser& adviser);

    /// Descrambles a service for as long as the receiver lives, recorded or not. Wanting it again
    /// does nothing.
    void want(std::uint16_t program_number);

    /// What want() asked for is not wanted any more; recordings of it go on.
    void unwant(std::uint16_t program_number);

    /// In place of receiver_settings::rules and priorities, from now on.
    void use_rules(policy::assignment_rules rules, policy::assignment_priorities priorities);

    /// Records a service by program_number; the same service may be recorded twice. Wanting it is
    /// implied for as long as it runs. The file is created by a thread of its own. A disk that is
    /// full or stalls costs this recording packets, and nobody else. Fails at once with errno
    /// EMFILE if 64 recordings run, EEXIST if there is one of that number. The latest 100 that have
    /// ended stay in the reports.
    result<std::uint64_t> start_recording(const recording_order& what,
                                          recording_created created = {});
    /// errno ENOENT for an unknown id. `done` gets the final report once all bytes are on disk.
    error_code stop_recording(std::uint64_t id, std::function<void(recording_report)> done);
    std::vector<recording_report> recordings() const;

    /// Streams a service for viewers: as a recording has it, to `sink`. Wanting it is implied for
    /// as long as the stream runs.
    std::uint64_t start_stream(std::uint16_t program_number, stream_sink sink);
    void stop_stream(std::uint64_t id);

    /// Asks the module for its menu, which comes into the report. Errors are errno values: ENOENT
    /// no such slot, EAGAIN no module ready in it.
    error_code enter_menu(unsigned slot);
    /// Answers the display of that number; policy::module_host says what ESTALE and EINVAL mean.
    error_code answer_menu(unsigned slot, std::uint64_t id, const policy::menu_answer& answer);
    /// Ends what the module shows. ESTALE: nothing.
    error_code close_menu(unsigned slot);

    /// Resets the CA device for the sake of the module in that slot, with all its other slots; the
    /// modules start anew. Errors are errno values: ENOENT no such slot, ENODEV the device is not
    /// open, EAGAIN it is being reset or hangs; EBUSY a module in another slot serves something,
    /// and `force` is not set.
    error_code reset_cam(unsigned slot, bool force);

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
    /// Of any service, wanted or not, in the multiplex or not: one that is not known is looked for
    /// here as long as nothing speaks against it. 0: of whatever the receiver would receive.
    service_verdict why(std::uint16_t program_number) const;

  private:
    class impl;
    std::unique_ptr<impl> impl_;
};

} // namespace cihost::runtime
