// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/log_record.hpp>
#include <cihost/receiver_error.hpp>
#include <cihost/recording.hpp>
#include <cihost/tuning.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cihost {

namespace embedded {
struct receiver_maker;
} // namespace embedded

struct receiver_settings {
    /// "adapter0": frontend0, demux0, dvr0 and ca0 in /dev/dvb/adapter0; "adapter0/frontend1": the
    /// nodes of that number, or the only demux and dvr that are there; "virtual:FOLDER": a receiver
    /// of cihost-sim. As device = "…" in cihostd.toml.
    std::string device = {};
    /// Where the CI slots are, if not in that caN: the path of another node, its name in the
    /// adapter's folder, or "none". Not for a virtual receiver.
    std::string ca = {};
    /// Gets every line of the receiver's log, one at a time, on a thread of the receiver: it must
    /// not block, and not call the receiver. What it throws is caught and lost. None: no log.
    log_function log = {};
};

struct receiver_status {
    /// "idle": not tuned; "absent": the devices cannot be used; "tuning", "locked", "no lock".
    std::string state;
    /// A sentence about it, with what to do.
    std::string reason;
    std::optional<cihost::tuning> tuning;
    bool locked = false;
    /// What the frontend measures, for people: "-48.0 dBm, C/N 27.5 dB".
    std::string signal;
    std::optional<double> strength_dbm;
    std::optional<double> cnr_db;
    /// As its PAT says.
    std::optional<std::uint16_t> transport_stream_id;
    /// Taken from the tuner, and what was wrong with them.
    std::uint64_t packets = 0;
    std::uint64_t transport_errors = 0;
    std::uint64_t continuity_errors = 0;
};

/// One CI slot and the CAM in it.
struct cam_status {
    unsigned slot = 0;
    /// "empty"; "present", "starting": the CAM comes up; "ready"; "silent", "restarting": in
    /// trouble, it is helped; "no_ca_support", "failed": given up.
    std::string state;
    /// It can be asked for services.
    bool ready = false;
    /// Where the state's word does not say all: a sentence or two.
    std::string reason;
    /// What it says of itself: the text of its menu, its manufacturer (as DVB numbers them) and
    /// that one's code.
    std::string name;
    std::optional<std::uint16_t> manufacturer;
    std::optional<std::uint16_t> code;
    /// CA_system_id, of its CA_INFO.
    std::vector<std::uint16_t> ca_system_ids;
    /// The title of what it shows on the screen and wants an answer to; nothing: it does not.
    std::optional<std::string> menu;
};

struct service_status {
    std::uint16_t program_number = 0;
    /// As broadcast (SDT, EIT); empty: not known (yet).
    std::string name;
    std::string provider;
    std::string present_event;
    /// The PAT lists it.
    bool in_multiplex = false;
    /// By want(), or because it is recorded.
    bool wanted = false;
    /// A viewer has a picture.
    bool clear = false;
    /// Why it is clear or not, by a word that stays what it is: "clear", "no_lock", "no_module",
    /// "not_entitled" …, the causes of the method why in cihost's CONTROL.md.
    std::string cause;
    /// The same as a sentence, and what can be done; empty: nothing, or wait.
    std::string sentence;
    std::string remedy;
    /// What is known along its way from the antenna to the CAM.
    struct finding {
        std::string what;
        std::string value;
    };
    std::vector<finding> evidence;
    /// Of its PMT; none: broadcast in clear.
    std::vector<std::uint16_t> ca_system_ids;
    /// From want() or record() to the first clear picture or sound.
    std::optional<std::chrono::duration<double>> time_to_clear;
};

/// A tuner with the CAM in its path, driven by this program: the same machinery as cihostd's, for
/// one receiver. Only one process at a time can have a tuner or a CAM; where cihostd runs, it has
/// them all, and control_client asks it.
///
/// Threads: a receiver has some of its own, which do all the work; they block the signals that a
/// program handles, which stay for its own threads. Any thread may call any function at any time,
/// but for moves and destruction; each call waits until the receiver has answered, which takes it
/// milliseconds, and only those that say so wait for something to happen. No function is called
/// back but the log's.
///
/// Devices may fail, be unplugged and come back, modules be taken out and put in: a receiver says
/// so in its reports, tries again, and goes on with what it was asked for. So errors are thrown for
/// what was asked, as receiver_error, not for what happens.
///
/// CAMs are dealt with as suits most of them. The profiles for the others, menus and PINs, traces,
/// and what is learned of a CAM are cihostd's.
///
/// The size of this class never changes; the status values may get members behind the others with a
/// new SOVERSION of libcihost-receiver.
class receiver {
  public:
    static constexpr std::chrono::seconds lock_patience{10};
    /// Most CAMs take 5 to 20 s from power-up, some two minutes.
    static constexpr std::chrono::seconds cam_patience{60};
    static constexpr std::chrono::seconds clear_patience{15};

    /// Takes the devices and starts the CAMs, without waiting for either. Throws receiver_error:
    /// invalid for settings that cannot be meant so, not_found when there is no such adapter,
    /// failed when the system has no thread or descriptor left.
    explicit receiver(receiver_settings settings);
    receiver(receiver&&) noexcept;
    receiver& operator=(receiver&&) noexcept;
    /// Ends the recordings, withdraws the services from the CAMs and ends the conversations with
    /// them, gives the devices back. Takes 0.5 s at most for the CAMs and 10 s for the disks. What
    /// was moved from may only be destroyed or assigned to.
    ~receiver();

    /// Goes to a multiplex, without waiting for the lock. Recordings and wanted services stay and
    /// wait for their service to come (back). Being there already does nothing. Throws
    /// receiver_error: invalid when something is missing that the delivery system needs.
    void tune(const tuning& where);
    /// Lets go of the tuner, for others; the CAMs stay started.
    void untune();
    receiver_status status() const;
    /// Until the tuner has a lock. Throws receiver_error: timeout, with the reason; invalid when it
    /// was not told where to.
    receiver_status wait_for_lock(std::chrono::milliseconds patience = lock_patience) const;

    /// One a CI slot; none while the CA device is not open.
    std::vector<cam_status> cams() const;
    /// Until a CAM is ready, and gives the first that is. Throws receiver_error: timeout, with the
    /// reason for each slot; failed at once when the settings leave this receiver without a CA
    /// device.
    cam_status wait_for_cam(std::chrono::milliseconds patience = cam_patience) const;

    /// Those that the multiplex lists, and those that are wanted; by program_number. Complete a
    /// second or two after the lock.
    std::vector<service_status> services() const;
    /// Of any service, listed or not: why it is clear or not.
    service_status service(std::uint16_t program_number) const;
    /// Descrambles a service until unwant(), recorded or not. Doing so again does nothing. Throws
    /// receiver_error: invalid for 0, which is no service.
    void want(std::uint16_t program_number);
    /// Recordings of it go on.
    void unwant(std::uint16_t program_number);
    /// Until the service, which somebody has to want or record, is clear. Throws receiver_error:
    /// timeout, with the reason and what to do.
    service_status wait_until_clear(std::uint16_t program_number,
                                    std::chrono::milliseconds patience = clear_patience) const;

    /// Records a service to a new file, from when it is clear, and wants it for as long as that
    /// goes on. The same service may be recorded twice. Waits for the file to be created. Throws
    /// receiver_error: invalid for 0; failed when the file cannot be created (one that exists is
    /// never written over), or 64 recordings run; timeout when the disk does not answer in 10 s.
    recording record(std::uint16_t program_number, const std::filesystem::path& file);

  private:
    friend struct embedded::receiver_maker;
    class impl;
    explicit receiver(std::unique_ptr<impl>) noexcept;

    std::unique_ptr<impl> impl_;
};

} // namespace cihost
