// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "sim/cam/behaviour.hpp"
#include "sim/cam/ecm_stream.hpp"
#include "sim/cam/emm_reader.hpp"
#include "sim/cam/journal.hpp"
#include "sim/cam/service_list.hpp"
#include "sim/cam/smart_card.hpp"
#include "sim/cam/stream_gate.hpp"

#include <cihost/time.hpp>
#include <cihost/ts/packet.hpp>

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace cihost::sim {

/// The CAM's transport stream path: descrambles the selected services' elementary streams with the
/// keys of the ECMs and EMMs that come along in the same stream. What it has no key for passes as
/// it is, scrambling bits included.
class descrambler {
  public:
    descrambler(const std::vector<std::uint16_t>& ca_system_ids, duration ecm_time,
                const stream_behaviour& behaviour, smart_card& card, stream_gate& gate,
                journal& log);

    /// Power-on.
    void reset();
    /// The services from now on. Streams of services that were there before keep their keys, so
    /// that an update does not disturb; keys of all others are forgotten.
    void select(const std::vector<selected_service>& services, time_point now);
    /// Services that run, apart from one (0: none is), pass scrambled for that long.
    void restart(std::uint16_t spared_program, duration length, time_point now);
    /// Whole packets of 188 bytes, changed in place. A few hundred at a time are cheapest: packets
    /// of one key are descrambled together.
    void pass(std::span<std::uint8_t> packets, time_point now);

  private:
    /// What the event log tells of one service.
    struct watch {
        time_point enabled_at;
        bool ecm_seen = false;
        bool clear_seen = false;
        /// Not descrambled before.
        time_point restarts_until{};
        /// The first elementary stream with scrambled packets stands for the service.
        std::optional<std::uint16_t> leading_pid;
        ts::scrambling leading_parity = ts::scrambling::clear;
    };
    struct elementary_stream {
        std::uint16_t pid = 0;
        std::vector<std::uint16_t> programs;
        std::vector<std::uint16_t> ecm_pids;
        std::shared_ptr<key_set> keys;
    };
    enum class role : std::uint8_t { none, cat, emm, ecm, elementary, table };

    void add(const selected_service& service, const selected_service::stream& stream,
             const std::map<std::uint16_t, elementary_stream>& former);
    void route_pids();
    void install_keys(time_point now);
    void ecm_packet(ts::packet_view packet, time_point now);
    void elementary_packet(std::uint8_t* packet, time_point now);
    void watch_parity(const elementary_stream& stream, ts::scrambling bits, time_point now);
    bool held_up(const elementary_stream& stream, time_point now) const;
    void look_at_gate(time_point now);
    void descramble(time_point now);
    void descramble(key_set& keys, time_point now);
    void watch_clear(const key_set& keys, time_point now);

    duration ecm_time_;
    stream_behaviour behaviour_;
    smart_card& card_;
    stream_gate& gate_;
    journal& log_;
    /// Why nothing is descrambled; empty = it is.
    std::string missing_;
    emm_reader emm_reader_;
    std::map<std::uint16_t, ecm_stream> ecm_streams_;
    std::map<std::uint16_t, elementary_stream> elementary_streams_;
    std::map<std::uint16_t, watch> watches_;
    /// One look here settles packets that are none of the CAM's business.
    std::array<role, ts::pid_count> roles_{};
    /// Those with packets in the present pass().
    std::vector<key_set*> touched_;
};

} // namespace cihost::sim
