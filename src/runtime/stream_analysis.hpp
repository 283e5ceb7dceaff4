// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "runtime/recording_tap.hpp"
#include "runtime/section_watch.hpp"
#include "runtime/stream_watch.hpp"
#include "ts/ecm_monitor.hpp"
#include "ts/stale_scrambling_bits.hpp"

#include <cihost/time.hpp>
#include <cihost/ts/continuity_monitor.hpp>
#include <cihost/ts/packet.hpp>
#include <cihost/ts/scrambling_monitor.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace cihost::runtime {

/// What the pump does with the packets of a multiplex, without the thread and the device: tables
/// to the control thread, figures, recordings. What a packet concerns is one look at its PID's
/// entry.
class stream_analysis {
  public:
    explicit stream_analysis(section_watch::take_function take);

    void push(ts::packet_view packet, time_point now);
    void watch(const stream_watch& what);
    /// Packets are missing here: sections under way are void.
    void interrupted();
    /// The input is closed: what is missed until it is open again is no error of the reception.
    void closed();
    /// Packets of this PID begin, or end, to come: what came before says nothing about now.
    void interrupted(ts::pid_t pid);
    /// Another multiplex from here on: what is known of streams and services goes, counts and
    /// recordings stay; these wait for a PMT.
    void retuned();

    void add(std::shared_ptr<recording_tap> tap);
    /// Its last bytes go to the disk; its figures are final. Nothing for an unknown id.
    std::optional<recording_figures> remove(std::uint64_t recording);
    void set_pmt(std::uint64_t recording, const ts::pmt& table, std::uint16_t transport_stream_id,
                 ts::pid_t pmt_pid);
    /// Its service's own SDT or EIT (PID 11, 12).
    void set_si(std::uint64_t recording, ts::pid_t pid, const std::vector<bytes>& sections);
    /// The recording's service is not there: it waits for another PMT.
    void suspend(std::uint64_t recording);
    /// Hands over what the recordings have kept for long enough, or all of it.
    void tick(time_point now);
    void flush();
    bool pending() const noexcept;

    stream_figures figures() const;

  private:
    struct ecm_source {
        ts::pid_t pid = ts::pid_null;
        std::uint64_t sections_before = 0;
        std::uint64_t periods_before = 0;
    };
    struct recorded_as {
        recording_tap* tap = nullptr;
        /// The PID that the recording has the packets under.
        ts::pid_t pid = ts::pid_null;
    };
    struct service {
        stream_watch::service what;
        service_figures figures;
        /// Elementary streams that had a clear PES start since the service was wanted.
        std::vector<ts::pid_t> cleared;
        std::map<ts::pid_t, std::uint64_t> continuity_before;
        std::vector<ecm_source> ecm_sources;
    };
    struct stream_of_service {
        service* owner = nullptr;
        bool cleared = false;
    };
    /// Everything that packets of one PID concern.
    struct pid_entry {
        std::optional<section_watch> tables;
        std::optional<ts::ecm_monitor> ca_messages;
        bool emm = false;
        std::vector<stream_of_service> streams;
        std::vector<recorded_as> recordings;
    };

    /// A packet whose scrambling bits are true.
    void examine(ts::packet_view packet, time_point now);
    pid_entry& entry(ts::pid_t pid);
    /// Nothing while no stream of the service is on air.
    std::optional<ts::pid_t> leading_pid(const service& s) const;
    void count(stream_of_service& stream, ts::packet_view packet, time_point now);
    void watch_service(const stream_watch::service& what);
    void take_ecm_sources(service& s);
    void add_ecms(const service& s, service_figures& to) const;
    std::uint64_t emm_sections() const;
    void connect_recordings();
    void replace(const std::vector<pid_replacement>& replacements);
    /// The PID whose packets stand for this one's: itself as a rule.
    ts::pid_t source_of(ts::pid_t pid) const;

    section_watch::take_function take_;
    std::uint64_t packets_ = 0;
    /// In the multiplexes before.
    std::uint64_t emm_sections_before_ = 0;
    ts::continuity_monitor continuity_;
    ts::scrambling_monitor scrambling_;
    ts::stale_scrambling_bits stale_bits_;
    std::vector<std::unique_ptr<pid_entry>> entries_;
    std::uint64_t pat_ = 0;
    /// By program_number.
    std::map<std::uint16_t, service> services_;
    std::vector<std::shared_ptr<recording_tap>> recordings_;
    std::vector<pid_replacement> replacements_;
};

} // namespace cihost::runtime
