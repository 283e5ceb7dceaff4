// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

/// What is broadcast in the simulated weeks: a few multiplexes whose services all use the same
/// PIDs, so that a module which was not told of a change of multiplex gives itself away.

#include "sim/ca_system.hpp"
#include "sim/csa.hpp"

#include <cihost/bytes.hpp>
#include <cihost/time.hpp>
#include <cihost/ts/pmt.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace cihost::test {

/// CA systems on air.
inline constexpr std::uint16_t conax = 0x0B00;
inline constexpr std::uint16_t viaccess = 0x0500;
inline constexpr std::uint16_t nagra = 0x1800;

/// Of all cards.
inline constexpr sim::aes_key weeks_card_key{7, 7, 7, 7, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

/// What brings a card what it needs for a CA system.
bytes emm_for(std::uint16_t ca_system_id);

/// One service. Its packets: an ECM of each CA system, and one packet of each stream.
class air_service {
  public:
    static constexpr duration crypto_period = std::chrono::seconds{20};
    struct ecm_stream {
        std::uint16_t ca_system_id = 0;
        ts::pid_t pid = ts::pid_null;
    };

    air_service(std::uint16_t program_number, unsigned place, std::vector<std::uint16_t> systems);

    std::uint16_t program_number() const noexcept { return program_number_; }
    ts::pmt table() const;
    std::vector<std::uint16_t> systems() const;
    const std::vector<ts::pid_t>& streams() const noexcept { return streams_; }
    /// It could be scrambled, and is.
    bool scrambled() const noexcept { return scrambled_ && !ecms_.empty(); }
    /// Listed by the PAT; else nothing of it is on air.
    bool listed() const noexcept { return listed_; }
    time_point changed_at() const noexcept { return changed_at_; }
    /// When its packets change by themselves.
    time_point next_period(time_point now) const;

    // What a broadcaster does.
    void renew_version(time_point now);
    void move_ecms(bool with_version, time_point now);
    /// The next of a few combinations.
    void change_systems(time_point now);
    /// `signalled`: the PMT says so too.
    void switch_scrambling(bool signalled, time_point now);
    void list(bool listed, time_point now);

    /// Its packets at `now`, ECMs too, with this continuity_counter.
    void send(bytes& out, unsigned counter, time_point now);
    /// The packets of its streams, as they came from send() and went through modules.
    bool came_clear(bytes_view packets) const;
    bool marked_scrambled(bytes_view packets) const;

  private:
    void begin_period(std::int64_t number);
    void changed(bool version, time_point now);

    std::uint16_t program_number_;
    unsigned place_;
    std::vector<ts::pid_t> streams_;
    std::vector<ecm_stream> ecms_;
    std::uint8_t version_ = 0;
    unsigned moves_ = 0;
    unsigned combination_ = 0;
    bool scrambled_ = true;
    bool signalled_ = true;
    bool listed_ = true;
    time_point changed_at_{};

    std::int64_t period_ = -1;
    sim::csa keys_;
    sim::ecm_content content_;
    bytes clear_;
    bytes scrambled_packets_;
    bytes ecm_packets_;
};

using multiplex_on_air = std::vector<air_service>;

/// Four of five services each, clear ones among them.
std::vector<multiplex_on_air> make_air();

} // namespace cihost::test
