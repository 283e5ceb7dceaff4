// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "sim/event_log.hpp"

#include <cihost/bytes.hpp>
#include <cihost/error.hpp>
#include <cihost/time.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cihost::sim {

enum class ca_level { program, elementary_stream };

struct headend_settings {
    /// Clear transport stream, played in a loop.
    std::string file;
    /// program_numbers to scramble; empty = every service with audio or video.
    std::vector<std::uint16_t> services;
    std::uint16_t ca_system_id = 0x4AFE;
    /// Further systems announced beside it (simulcrypt) whose ECMs no simulated CAM reads.
    std::vector<std::uint16_t> other_ca_system_ids;
    ca_level level = ca_level::program;
    duration crypto_period = std::chrono::seconds{10};
    duration ecm_period = std::chrono::milliseconds{100};
    duration emm_period = std::chrono::milliseconds{500};
    /// The service key that ECM contents are under is renewed this often, by EMM, one ahead.
    duration service_key_period = std::chrono::seconds{30};
    /// 16 bytes.
    std::vector<std::uint8_t> card_key;
    /// What TDT and TOT say at `start`.
    std::chrono::sys_seconds utc_at_start{};
    /// Every control word used, one JSON object a line; empty = nowhere.
    std::string control_word_file;
    /// Deterministic output for tests.
    std::optional<std::uint64_t> seed;
};

/// One service as the head-end broadcasts it.
struct broadcast_service {
    std::uint16_t program_number = 0;
    std::string name;
    bool scrambled = false;
    std::uint16_t pmt_pid = 0x1FFF;
    std::uint16_t ecm_pid = 0x1FFF;
    std::vector<std::uint16_t> elementary_pids;
};

/// Of a PMT that changes: broadcasters forget to count.
enum class pmt_version { next, kept };

/// What a head-end may fail to send.
enum class broadcast_part { pat, pmt, ecm, emm };
/// "pat" …
const char* name(broadcast_part part) noexcept;

/// What the head-end produced in one step: the same packets before and after scrambling.
struct multiplex_block {
    /// With tables, ECMs and EMMs inserted, elementary streams still clear: the proof's source.
    bytes source;
    /// The same, scrambled: what the tuner gives.
    bytes on_air;
};

/// A head-end: plays a clear file in a loop with PCR, PTS/DTS and continuity made good, puts CA
/// descriptors into PMTs and a CAT, inserts ECMs and EMMs in place of null packets (or between
/// packets when there are none), and scrambles with DVB-CSA under changing control words.
/// Sans-I/O: time comes in, packets come out at the file's own rate. They are made in steps of 20
/// ms from `start`, so the output does not depend on how often one asks.
class headend {
  public:
    /// error: the file cannot be read, is not a transport stream, or has no clear service; or a
    /// setting makes no sense. `why` then says so in a sentence.
    static result<std::unique_ptr<headend>> open(const headend_settings& settings, event_log& log,
                                                 time_point start, std::string& why);
    ~headend();

    /// Every step that ended by `now`.
    multiplex_block produce(time_point now);
    /// Goes on from `now` when it is more than a second behind: after a suspend nobody wants the
    /// night's packets. The stream has no gap; the broadcast time has, as it should. What was
    /// skipped; zero = nothing.
    duration catch_up(time_point now);
    /// When the next step ends.
    time_point deadline() const;

    const std::vector<broadcast_service>& services() const noexcept;
    double bits_per_second() const noexcept;
    bool has_null_packets() const noexcept;
    /// Things this file does not allow, each a sentence ("no null packets: …").
    const std::vector<std::string>& remarks() const noexcept;
    /// Why the control words could not be written, a sentence; empty = they were.
    const std::string& failure() const noexcept;

    /// EMM sections that authorise a card for now and the next service key, as if it had met them
    /// on air before.
    std::vector<bytes> authorisation();

    // errc::unexpected for a service not scrambled:

    /// From now on the service's PMT has a new version and its ECMs come on another PID; the old
    /// ECM PID is kept going for 2 s more. Services that share its streams move with it.
    error_code move_ecm_pid(std::uint16_t program_number, time_point now,
                            pmt_version version = pmt_version::next);
    /// Its PMT, as it is, comes on another PID, which a new PAT tells.
    error_code move_pmt_pid(std::uint16_t program_number, time_point now);
    /// A programme in the clear begins or ends: no table says so, and ECMs go on. Services that
    /// share its streams go with it.
    error_code show_clear(std::uint16_t program_number, bool clear, time_point now);
    /// The PMT or the ECMs of a scrambled service, or the PAT or all EMMs, whatever the service,
    /// are not sent any more, or again. Services that share its streams share its ECMs.
    error_code withhold(broadcast_part part, std::uint16_t program_number, bool away,
                        time_point now);

  private:
    class impl;
    explicit headend(std::unique_ptr<impl> made);
    std::unique_ptr<impl> impl_;
};

} // namespace cihost::sim
