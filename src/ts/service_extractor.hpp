// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "ts/section_packetizer.hpp"

#include <cihost/bytes.hpp>
#include <cihost/ts/packet.hpp>
#include <cihost/ts/pmt.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace cihost::ts {

/// Turns the multiplex as it comes from the CAM into a single-service transport stream for a file:
/// a PAT and a PMT of its own in front and again every 250 ms by the service's PCR, then the
/// service's packets. Each elementary PID starts at its first *clear* PES start (or section start);
/// nothing is given before the first of them, so the file starts where it plays. Packets still or
/// again scrambled are left out and counted, damaged ones (transport_error_indicator) left out.
/// The PMT carries no CA descriptors, since the content has none. Packets without payload (PCR)
/// pass where the payload packet before them did: elsewhere they would show players a gap of the
/// counter. So do all of a PCR PID that is no elementary PID. What it is given of the SDT and the
/// EIT comes with every eighth repetition of the tables.
class service_extractor {
  public:
    struct statistics {
        /// Given to the file, those of PAT and PMT too.
        std::uint64_t packets = 0;
        /// Left out before the PID's first clear PES start.
        std::uint64_t waited = 0;
        /// Left out because scrambled, after the first clear one: a gap in the file.
        std::uint64_t scrambled = 0;
        /// Gaps in started PIDs as they came in; what was left out here makes none.
        std::uint64_t continuity_errors = 0;
        bool started = false;
    };

    /// Which streams may open the file: those of the best rank there is.
    enum class rank { picture_or_sound, other_pes, other };

    explicit service_extractor(std::uint16_t program_number);

    /// A new or changed PMT, any time; takes effect with the next packet. PIDs that stay go on
    /// without a new start. A table that does not fit a section is passed over.
    void set_pmt(const pmt& table, std::uint16_t transport_stream_id, pid_t pmt_pid);
    /// Sections of the SDT, and of the EIT present/following, that are this service's alone. They
    /// are written as they are, soon and then again and again.
    void set_description(std::vector<bytes> sdt);
    void set_events(std::vector<bytes> eit);
    /// What comes next does not follow what came before: each PID starts again as at first. The
    /// PMT stays.
    void interrupted();
    /// The same for one PID: another stream comes under it from here on.
    void interrupted(pid_t pid);
    /// Appends what goes to the file for this packet of the multiplex.
    void push(packet_view packet, bytes& out);
    const statistics& stats() const noexcept { return stats_; }

  private:
    struct elementary {
        bool started = false;
        /// The last packet with payload went to the file.
        bool in_flow = false;
        /// Sections instead of PES packets.
        bool sections = false;
        service_extractor::rank rank = rank::other;
        /// Carries only the PCR: nothing to wait for but the file's start.
        bool pcr_only = false;
        std::int8_t last_counter = -1;
        bool duplicated = false;
    };
    static void begin_anew(elementary& stream);
    void choose_streams();
    bool wanted(elementary& stream, packet_view packet);
    void clock(packet_view packet);
    void write_tables(bytes& out);

    std::uint16_t program_number_;
    /// As written: without CA descriptors; its version is counted here.
    std::optional<pmt> pmt_;
    std::uint16_t transport_stream_id_ = 0;
    pid_t pmt_pid_ = pid_null;
    std::uint8_t pat_version_ = 0;
    bytes pat_section_;
    bytes pmt_section_;
    section_packetizer pat_packets_{pid_pat};
    section_packetizer pmt_packets_{pid_null};
    std::map<pid_t, elementary> streams_;
    /// The best rank that the PMT announces.
    rank opening_rank_ = rank::other;
    section_packetizer sdt_packets_{pid_sdt};
    section_packetizer eit_packets_{pid_eit};
    std::vector<bytes> sdt_sections_;
    std::vector<bytes> eit_sections_;
    /// Repetitions of the tables until SDT and EIT go with them again.
    unsigned until_si_ = 0;
    bool tables_due_ = true;
    /// 90 kHz, when the tables were last written.
    std::optional<std::uint64_t> tables_pcr_;
    std::uint64_t packets_since_tables_ = 0;
    statistics stats_;
};

} // namespace cihost::ts
