// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "sim/cam/behaviour.hpp"
#include "sim/event_log.hpp"

#include <cihost/bytes.hpp>
#include <cihost/time.hpp>

#include <bitset>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace cihost::sim {

struct cam_settings {
    /// For the log.
    unsigned slot = 0;
    std::string name = "cihost Sim CAM";
    std::uint16_t manufacturer = 0xC140;
    std::uint16_t manufacturer_code = 0x0001;
    std::vector<std::uint16_t> ca_system_ids = {0x4AFE};
    /// From insertion or reset until READY.
    duration boot_time = std::chrono::milliseconds{1000};
    /// From a host object until the module's own object about it is ready (data available).
    duration think_time = std::chrono::milliseconds{20};
    /// From a complete ECM until its keys are in the descrambler.
    duration ecm_time = std::chrono::milliseconds{150};
    /// Shared with the head-end alone: the made-up card. EMM contents are under it. Empty: no card,
    /// so nothing is ever descrambled.
    std::vector<std::uint8_t> card_key;
    /// For card_behaviour::authorised: sections as they were on air before.
    std::vector<bytes> earlier_emms;
    /// Of the second and further CA Support sessions; the first one's are ca_system_ids.
    std::vector<std::vector<std::uint16_t>> further_ca_system_ids;
    cam_behaviour behaviour;
    /// The version of Application Information that it opens if the host offers it, else 1.
    unsigned application_information = 1;
};

/// A simulated CAM: the module's side of EN 50221 (transport, sessions, its applications), and the
/// TS path that descrambles what the host enabled by CA_PMT, with ECMs that reached it.
/// Sans-I/O; not thread-safe (the simulator's one thread drives it).
class cam {
  public:
    cam(const cam_settings& settings, event_log& log);
    ~cam();
    cam(const cam&) = delete;
    cam& operator=(const cam&) = delete;

    /// Insertion or reset at `now`: boots, then ready() turns true. Everything is forgotten but
    /// what is on the card.
    void boot(time_point now);
    /// Removal: not present, not ready; keys and services forgotten, the card stays in the module.
    void remove(time_point now);
    /// The host turned the slot's power off: present, and not ready until boot().
    void power_off(time_point now);
    /// The link was reset: connections and what they selected are gone, the module runs on.
    void forget_connections(time_point now);
    bool present() const noexcept;
    bool ready(time_point now) const noexcept;

    /// One TPDU from the host: [tcid][TPDU].
    void host_wrote(bytes_view tpdu, time_point now);
    /// One block for the host to read, [tcid][TPDU…], if there is one at `now`.
    std::optional<bytes> host_reads(time_point now);

    // What the module asks of its host, as soon as the sessions for it are there. False: the host
    // does not offer them.

    /// Host Control's tune. Network and stream 0: not told.
    bool tune(std::uint16_t original_network_id, std::uint16_t transport_stream_id,
              std::uint16_t service_id, time_point now);
    bool replace(std::uint8_t reference, std::uint16_t replaced_pid, std::uint16_t replacement_pid,
                 time_point now);
    bool clear_replace(std::uint8_t reference, time_point now);
    /// Closes the Host Control session. False: there is none.
    bool release(time_point now);
    /// request_cicam_reset of Application Information from version 3 on.
    bool request_reset(time_point now);

    /// Packets on their way through the module, changed in place (188 bytes each).
    void pass(std::span<std::uint8_t> packets, time_point now);

    /// By hand, until told otherwise; in place of those told before.
    void set_faults(std::bitset<cam_fault_count> faults, time_point now);

    /// What the module does by itself: boots again, falls out, comes back. Call at deadline();
    /// every other call with a time does it too.
    void tick(time_point now);
    /// When host_reads(), ready() or present() may change next without anything coming in.
    time_point deadline() const;

  private:
    class impl;
    std::unique_ptr<impl> impl_;
};

} // namespace cihost::sim
